"""Flags of every command; parsing them imports no heavy package."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn, TypeAlias, get_args, get_origin, get_type_hints

import tyro
from tyro.conf import Fixed, FlagCreatePairsOff, OmitArgPrefixes, Positional, Suppress, UseAppendAction, arg, subcommand
from tyro.constructors import PrimitiveConstructorSpec

from boxfit._version import __version__
from boxfit.cli.brief_help import EXAMPLES, brief
from boxfit.errors import BoxfitError, DatasetError
from boxfit.exports.formats import EXPORTS, parse_export
from boxfit.settings import FitSettings, InputSettings, PrimSettings
from boxfit.settings.input import FormatName, UpAxis

_VALUES = {str: "TEXT", int: "INT", float: "FLOAT", Path: "PATH"}


def _optional(hint: Any, help_text: str) -> Any:
    """Describe a flag whose default is None: the help shows neither a default nor None as a value."""
    value = next(kind for kind in get_args(hint) if kind is not type(None))
    choices = "{" + ",".join(get_args(value)) + "}" if get_origin(value) is Literal else _VALUES[value]
    return arg(help=help_text, metavar=choices, help_behavior_hint="")


def _metres(words: list[str]) -> float:
    from boxfit.geometry.units import UNIT_NAMES, metres_of  # Needs NumPy, without which the help is faster.

    try:
        return metres_of(words[0])
    except ValueError:
        units = ", ".join(UNIT_NAMES)
        raise DatasetError(
            f"source_units is {words[0]}: give metres per unit, such as 0.01, or a unit ({units}), as in 4.9cm"
        ) from None


_UNITS = PrimitiveConstructorSpec(
    1, "FLOAT|UNIT", _metres, lambda value: value is None or isinstance(value, float), lambda value: [str(value)]
)
"""Length with or without the name of its unit."""


def _axis(words: list[str]) -> str:
    if words[0].upper() not in get_args(UpAxis):
        raise DatasetError(f"source_up is {words[0]}: give Y or Z")
    return words[0].upper()


_AXIS = PrimitiveConstructorSpec(
    1, "{" + ",".join(get_args(UpAxis)) + "}", _axis, lambda value: value is None, lambda value: [str(value)]
)
"""Up axis, also in lower case."""


def _height(words: list[str]) -> float:
    try:
        return float(words[0])
    except ValueError:
        raise DatasetError(f"floor is {words[0]}: give a height in the dataset's unit, a number alone") from None


_HEIGHT = PrimitiveConstructorSpec(
    1, "FLOAT", _height, lambda value: value is None or isinstance(value, float), lambda value: [str(value)]
)
"""Height of the floor."""

_WORDS = {"source_units": _UNITS, "source_up": _AXIS, "floor": _HEIGHT}
"""Settings whose words on the command line are read in ways of their own."""

_REPEATED = ("label", "skip")
"""Settings whose flags can be repeated."""


def _path(help_text: str, metavar: str = "PATH") -> Any:
    return arg(help=help_text, metavar=metavar, help_behavior_hint="")


def _copied(setting: Any) -> Any:
    """Copy a field of a dataclass."""
    return field(default=setting.default, metadata=setting.metadata)


def _with_help(settings: type, without: Sequence[str] = ()) -> Any:
    """Make a subclass of a settings class whose fields carry their help texts for tyro.

    Args:
        settings: The class.
        without: Fields that keep their defaults and are no flags.
    """
    hints = get_type_hints(settings)
    described = []
    for setting in dataclasses.fields(settings):
        hint, text = hints[setting.name], setting.metadata["help"]
        if setting.name in without:
            described.append((setting.name, Suppress[Fixed[hint]], _copied(setting)))
            continue
        flag = _optional(hint, text) if setting.default is None else arg(help=text)
        if setting.name in _WORDS:
            hint, flag = Annotated[hint, _WORDS[setting.name]], arg(help=text, help_behavior_hint="")
        elif setting.name in _REPEATED:
            default = f"default: {setting.default}; " if setting.default else ""
            hint = UseAppendAction[tuple[str, ...]]
            flag = arg(help=text, metavar="LABEL", help_behavior_hint=f"({default}repeatable)")
            described.append((setting.name, Annotated[hint, flag], field(default=(), metadata=setting.metadata)))
            continue
        described.append((setting.name, Annotated[hint, flag], _copied(setting)))
    # The help shows the first sentence above the flags.
    namespace = {"__doc__": f"{(settings.__doc__ or '').partition('.')[0]}.", "__post_init__": _fill_in(settings)}
    made = dataclasses.make_dataclass(settings.__name__, described, bases=(settings,), frozen=True, namespace=namespace)
    return OmitArgPrefixes[made]


def _fill_in(settings: type) -> Callable[[Any], None]:
    """Make the check of a settings class for flags: one that can be repeated and is not given has the default."""
    defaults = {each.name: each.default for each in dataclasses.fields(settings) if each.name in _REPEATED}

    def check(self: Any) -> None:
        for name, default in defaults.items():
            if getattr(self, name) == ():
                object.__setattr__(self, name, default)
        settings.__post_init__(self)

    return check


_OF_OBJECTS = ("label", "skip", "merge", "split", "asset", "views", "exclude")
"""Settings of the input that only a fit uses."""

if TYPE_CHECKING:
    InputFlags: TypeAlias = InputSettings
    ReadingFlags: TypeAlias = InputSettings
    ConversionFlags: TypeAlias = InputSettings
    FitFlags: TypeAlias = FitSettings
    PrimFlags: TypeAlias = PrimSettings
else:
    ReadingFlags = _with_help(InputSettings, without=_OF_OBJECTS)
    ConversionFlags = _with_help(InputSettings, without=("format",))
    InputFlags, FitFlags, PrimFlags = map(_with_help, (InputSettings, FitSettings, PrimSettings))

Source: TypeAlias = Annotated[
    Path,
    arg(
        metavar="SOURCE",
        help="Folder of views (Data Generator, Replicator BasicWriter, transforms.json, COLMAP, BOP, plain), its JSON "
        "file, or a .usd, .usda or .usdc stage.",
    ),
]
Force: TypeAlias = Annotated[bool, arg(help="Overwrite files that exist.")]
WrittenFormat: TypeAlias = Literal["data-generator", "replicator", "transforms", "colmap", "bop", "plain"]


_EXPORT_HELP = (
    "Boxes in another format, several if the flag is repeated: "
    f"{', '.join(f'{name} ({each.summary})' for name, each in EXPORTS.items())}."
)


@dataclass(frozen=True)
class Outputs:
    """Files for the results."""

    output: Annotated[Path | None, _path("New stage to write.", "STAGE")] = None
    into: Annotated[Path | None, _path("Existing stage to write into, in its root layer.", "STAGE")] = None
    export: Annotated[UseAppendAction[tuple[str, ...]], _path(_EXPORT_HELP, "FORMAT:PATH")] = ()
    report: Annotated[Path | None, _path("Report (JSON).")] = None
    overlay: Annotated[
        Path | None,
        _path("Views with mask and box (PNG). With several objects, each picture gets its object's name."),
    ] = None
    curve: Annotated[Path | None, _path("Loss curve (PNG).")] = None
    gif: Annotated[Path | None, _path("History of the fit (GIF).")] = None
    write_cameras: Annotated[
        Path | None, _path("New stage with the cameras of the fit, mended if --calibrate changed them.", "STAGE")
    ] = None
    force: Force = False


@dataclass(frozen=True)
class Fit:
    """Fit a box to each object and write it to a USD stage, or in other formats."""

    source: Positional[Source]
    outputs: Annotated[OmitArgPrefixes[Outputs], arg(name="output")]
    input_settings: Annotated[InputFlags, arg(name="input")]
    fit_settings: Annotated[FitFlags, arg(name="fit")]
    prim_settings: Annotated[PrimFlags, arg(name="prim")]
    quiet: Annotated[bool, arg(help="Print warnings and errors only.")] = False
    verbose: Annotated[bool, arg(help="Print all figures, too, instead of a line for each box.")] = False
    json: Annotated[bool, arg(help="Print the report as JSON on stdout instead of tables.")] = False
    fail_on: Annotated[
        Literal["doubtful", "open", "fair"] | None,
        arg(
            help="End with exit code 1, after everything is written, if a box is of this grade or a worse one.",
            help_behavior_hint="",
        ),
    ] = None

    def contradiction(self) -> str | None:
        """Return a message about flags that contradict each other, or None."""
        outputs = self.outputs
        if outputs.output is None and outputs.into is None:
            others = (outputs.report, outputs.overlay, outputs.curve, outputs.gif, outputs.write_cameras)
            if not (outputs.export or self.json or any(others)):
                return (
                    "name the stage to write: --output for a new one, or --into for one that exists; or another file, "
                    "such as --export or --overlay, or --json"
                )
            if dataclasses.astuple(self.prim_settings) != dataclasses.astuple(PrimSettings()):
                return "no stage is written, so the flags of the prim have no effect: give --output or --into"
        try:
            for text in outputs.export:
                parse_export(text)
        except BoxfitError as error:
            return f"--export {error}"
        if outputs.output is not None and outputs.into is not None:
            return "--output names a new stage and --into one that exists: give one of them, not both"
        return None


@dataclass(frozen=True)
class BatchOptions:
    """Work and results of a batch."""

    output: Annotated[
        str, arg(metavar="FOLDER", help="Folder of the results, new or that of an earlier run, which then goes on.")
    ]
    jobs: Annotated[int | None, _optional(int | None, "Worker processes (default: one for each processor core).")] = (
        None
    )
    shard: Annotated[
        str | None,
        arg(
            help="Fit a part of the sources: 2/8 is every eighth from the second on.",
            metavar="I/N",
            help_behavior_hint="",
        ),
    ] = None
    manifest: Annotated[
        Path | None,
        _path('File of sources, one a line: a path, or JSON, {"source": "path", "align": "up", ...}.', "FILE"),
    ] = None
    retry: Annotated[
        Literal["failed"] | None,
        _optional(Literal["failed"] | None, "Fit sources again of which an object, or all, failed."),
    ] = None
    collect: Annotated[Path | None, _path("Stage with a reference to the stage of each source.", "STAGE")] = None
    export: Annotated[
        UseAppendAction[tuple[str, ...]], _path("Boxes in another format too, as for boxfit fit --export.", "FORMAT")
    ] = ()
    no_thumbnails: Annotated[bool, arg(help="Draw no thumbnails.")] = False
    summary_only: Annotated[
        bool, arg(help="Fit nothing: write the summary (and --collect) from the records, also while a run goes on.")
    ] = False
    ray: Annotated[
        str | None,
        arg(
            help="Fit on a Ray cluster: its address, auto for the running one, local to start one here.",
            metavar="ADDRESS",
            help_behavior_hint="",
        ),
    ] = None

    @property
    def part(self) -> tuple[int, int]:
        """Shard and number of shards.

        Raises:
            ValueError: If --shard is something else.
        """
        index, count = map(int, (self.shard or "1/1").split("/"))
        if not 1 <= index <= count:
            raise ValueError
        return index, count


@dataclass(frozen=True)
class Batch:
    """Fit a box to each object of every dataset in a tree of folders, in several processes."""

    root: Positional[
        Annotated[str, arg(metavar="ROOT", help="Folder that holds the datasets at any depth, or s3://bucket/data.")]
    ]
    options: Annotated[OmitArgPrefixes[BatchOptions], arg(name="batch")]
    input_settings: Annotated[InputFlags, arg(name="input")]
    fit_settings: Annotated[FitFlags, arg(name="fit")]
    prim_settings: Annotated[PrimFlags, arg(name="prim")]
    quiet: Annotated[bool, arg(help="Print errors only.")] = False

    def contradiction(self) -> str | None:
        """Return a message about flags that contradict each other, or None."""
        options = self.options
        try:
            _ = options.part
        except ValueError:
            return f"--shard is {options.shard}: give the number of the shard and of all shards, such as 2/8"
        if options.jobs is not None and options.jobs < 1:
            return f"--jobs is {options.jobs}: give at least 1"
        if options.jobs is not None and options.ray is not None:
            return "--jobs is for processes of this machine, and --ray for those of a cluster: give one of them"
        if options.summary_only and (options.jobs or options.ray or options.retry):
            return "--summary-only fits nothing: leave out --jobs, --ray and --retry"
        for name in options.export:
            if name not in EXPORTS:
                return f"--export is {name}: formats are {', '.join(EXPORTS)}"
        return None


@dataclass(frozen=True)
class Inspect:
    """Summarise a dataset: assets, labels, views, resolution, coverage and problems."""

    source: Positional[Source]
    reading: Annotated[ReadingFlags, arg(name="input")]
    json: Annotated[bool, arg(help="Print JSON on stdout instead of tables.")] = False


@dataclass(frozen=True)
class Import:
    """Write a dataset's views as cameras to a new stage, which then carries the dataset."""

    source: Positional[Source]
    output: Annotated[Path, arg(metavar="STAGE", help="New stage to write.")]
    reading: Annotated[ReadingFlags, arg(name="input")]
    force: Force = False


@dataclass(frozen=True)
class Convert:
    """Write a dataset's views and masks as a folder in another format, after a warning of what it does not hold."""

    source: Positional[Source]
    target: Positional[Annotated[Path, arg(metavar="TARGET", help="New or empty folder.")]]
    format: Annotated[WrittenFormat, arg(help="Format to write.")]
    input_settings: Annotated[ConversionFlags, arg(name="input")]
    source_format: Annotated[FormatName, arg(help="Format of the source, if it is not recognised by itself.")] = "auto"


@dataclass(frozen=True)
class Sample:
    """Make a small dataset: in the Data Generator's format, with a stage that names it, or in another one."""

    folder: Positional[Annotated[Path, arg(metavar="FOLDER", help="New or empty folder.")]]
    format: Annotated[WrittenFormat, arg(help="Format of the dataset.")] = "data-generator"


@dataclass(frozen=True)
class Doctor:
    """Check what this machine can run and what is missing, with remedies."""

    python: Annotated[Path | None, _path("Another Python interpreter to check too, as for boxfit fit --python.")] = None
    json: Annotated[bool, arg(help="Print JSON on stdout instead of a table.")] = False


@dataclass(frozen=True)
class Panel:
    """Show the panel in a window: choose the data, fit, inspect the box, keep or discard it."""

    source: Positional[
        Annotated[
            Path | None,
            arg(
                metavar="[STAGE]",
                help="Stage to open, folder of views or its JSON file. Without it the window shows an empty stage.",
                help_behavior_hint="",
            ),
        ]
    ] = None
    size: Annotated[
        tuple[int, int], arg(metavar="WIDTH HEIGHT", help="Size of the window or screenshot, in pixels.")
    ] = (1280, 800)
    screenshot: Annotated[
        Path | None,
        _path("Write a picture of the window (PNG) once the data has been read, and exit; needs no display.", "PNG"),
    ] = None
    scale: Annotated[float, arg(help="Magnify the screenshot; a window takes the desktop's own scale.")] = 1.0
    force: Force = False

    def contradiction(self) -> str | None:
        """Return a message about flags that contradict each other, or None."""
        if min(self.size) < _SMALLEST_WINDOW:
            return f"--size is {self.size[0]} {self.size[1]}: give at least {_SMALLEST_WINDOW} pixels each way"
        if not 0.5 <= self.scale <= 4:
            return f"--scale is {self.scale:g}: give a number from 0.5 to 4"
        if self.scale != 1 and self.screenshot is None:
            return "--scale magnifies a screenshot: give --screenshot as well"
        return None


_SMALLEST_WINDOW = 320
_COMMANDS = ("fit", "batch", "inspect", "import", "convert", "sample", "panel", "doctor")
Command = (
    Annotated[Fit, subcommand("fit")]
    | Annotated[Batch, subcommand("batch")]
    | Annotated[Inspect, subcommand("inspect")]
    | Annotated[Import, subcommand("import")]
    | Annotated[Convert, subcommand("convert")]
    | Annotated[Sample, subcommand("sample")]
    | Annotated[Panel, subcommand("panel")]
    | Annotated[Doctor, subcommand("doctor")]
)
AnyCommand: TypeAlias = Fit | Batch | Inspect | Import | Convert | Sample | Panel | Doctor


def parse(arguments: Sequence[str] | None = None) -> AnyCommand:
    """Read the command and its flags.

    Args:
        arguments: Words after the program's name; None takes those of the process.

    Raises:
        SystemExit: With 0 after `--help`, `--help-all` and `--version`; with 2 for flags that are wrong or contradict
            each other, and without any argument.
    """
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if arguments == ["--version"]:
        print(f"boxfit {__version__}")
        raise SystemExit(0)
    if not arguments:
        with redirect_stdout(sys.stderr), suppress(SystemExit):
            _read(["--help"])
        raise SystemExit(2)
    prog = f"boxfit {arguments[0]}" if arguments[0] in _COMMANDS else "boxfit"
    if arguments[0] == "fit" and not {"-h", "--help", "--help-all"}.isdisjoint(arguments):
        _help_of_fit("--help-all" in arguments)
    try:
        command = _read(arguments)
    except ImportError as error:  # tyro needs another package to make the completions of some shells.
        _refuse(str(error), prog)
    except BoxfitError as error:
        # The message of an invalid value begins with the setting's name.
        name, _, rest = str(error).partition(" ")
        _refuse(f"--{name.replace('_', '-')} {rest}", prog)
    if isinstance(command, (Fit, Batch, Panel)) and (wrong := command.contradiction()):
        _refuse(wrong, prog)
    return command


def _help_of_fit(with_all: bool) -> NoReturn:
    """Print the help of `fit` with its usual flags or with all of them, and examples; end with exit code 0."""
    # Without a second command, the usage would not name this one.
    usual: Any = Annotated[brief(Fit), subcommand("fit")]
    with suppress(SystemExit):
        _read(["fit", "--help"], Command if with_all else usual | Annotated[Doctor, subcommand("doctor")])
    print(f"\n{EXAMPLES}", end="")
    raise SystemExit(0)


def _refuse(reason: str, prog: str) -> NoReturn:
    """End with exit code 2, as tyro does for unknown flags."""
    print(f"boxfit: error: {reason} (see {prog} --help)", file=sys.stderr)
    raise SystemExit(2)


def _read(arguments: list[str], command: Any = Command) -> Any:
    return tyro.cli(
        command,
        prog="boxfit",
        description=(
            "From segmentation masks with known cameras to a tight oriented 3D box on a USD stage. "
            "boxfit --version prints the version."
        ),
        args=arguments,
        config=(FlagCreatePairsOff,),
    )
