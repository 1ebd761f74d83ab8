"""Help that fits a screen: a command with its usual flags alone, and examples below them."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from tyro.conf import Suppress, arg

USUAL = (
    *("source", "quiet", "verbose", "json", "fail_on"),
    *("output", "into", "export", "report", "overlay", "force"),
    *("label", "skip", "views", "masks", "source_up", "source_units"),
    *("align", "extent", "floor", "prim"),
)
"""Flags of `fit` that its help shows, from those of the files to those of the prim; --help-all shows the others too."""

EXAMPLES = """\
examples:
  boxfit fit scene.usda --output box.usda
      A box for each object of the dataset that the stage names, on a new stage.
  boxfit fit captures --label clock --into scene.usda --prim /World/Clock_box --overlay clock.png
      One object of a folder, into a stage that exists, with a picture to check it.
  boxfit fit photos --masks photos/masks --source-up Z --export json:box.json
      Photos with poses from COLMAP or a transforms.json; no stage is written.
"""


def brief(command: Any) -> Any:
    """Make a subclass of a command's dataclass whose help shows only the usual flags; it is for the help alone."""
    text = "Show all flags: input, calibration, renderers, the notebook's loop, pictures, prim."
    more = ("help_all", Annotated[bool, arg(help=text, help_behavior_hint="")], dataclasses.field(default=False))
    return _subclass(command, [*_fields(command), more], command.__doc__)


def _subclass(kind: Any, fields: list[tuple[str, Any, Any]], documentation: str) -> Any:
    return dataclasses.make_dataclass(
        kind.__name__, fields, bases=(kind,), frozen=True, namespace={"__doc__": documentation}
    )


def _fields(kind: Any) -> list[tuple[str, Any, Any]]:
    """Return the fields of a command or of a group of its flags, of which only the usual ones are shown."""
    hints = get_type_hints(kind, include_extras=True)
    described = []
    for each in dataclasses.fields(kind):
        hint = hints[each.name]
        group, *markers = get_args(hint) if get_origin(hint) is Annotated else (hint,)
        if dataclasses.is_dataclass(group):
            # Without its docstring, which takes two lines.
            hint = Annotated[(_subclass(group, _fields(group), " "), *markers)]
        elif each.name not in USUAL:
            hint = Suppress[hint]
        kept = {} if each.default is dataclasses.MISSING else {"default": each.default}
        described.append((each.name, hint, dataclasses.field(**kept)))
    return described
