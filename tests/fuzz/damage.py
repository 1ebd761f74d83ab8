"""Damage to datasets, stages and arguments: cut files, wrong types, odd numbers and names, special files.

Everything is drawn from one seeded generator, so that a number names a case.
"""

from __future__ import annotations

import json
import math
import os
import random
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

ODD_NUMBERS = [0, -1, 1, 2**31, 2**63, 10**30, 1e300, -1e300, 1e-300, math.nan, math.inf, -math.inf, 0.5]
ODD_TEXTS = [
    "",
    "\ud800",
    "\x1b[31mred",
    "a" * 5000,
    "../../etc/passwd",
    "é\u202e",
    "\n",
    "0",
    "NaN",
    "omniverse://s/a",
]
ODD_VALUES: list[Any] = [None, True, [], {}, [[]], {"": []}, "text", *ODD_TEXTS, *ODD_NUMBERS]


def damage(folder: Path, rng: random.Random) -> list[str]:
    """Damage one to three files below a folder; return what was done."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    done = []
    for path in rng.sample(files, min(len(files), rng.choice([1, 1, 1, 2, 3]))):
        kinds = _KINDS.get(path.suffix, []) + _ANY
        kind = rng.choice(kinds)
        kind(path, rng)
        done.append(f"{kind.__name__.strip('_')} {path.name}")
    return done


def arguments(rng: random.Random) -> list[str]:
    """Draw flags of `boxfit fit`, most of them valid, some not."""
    drawn: list[str] = []
    for flag in rng.sample(sorted(_FLAGS), rng.choice([0, 0, 1, 2])):
        drawn += [flag, str(rng.choice(_FLAGS[flag]))]
    # The start box alone takes a third of the time.
    return drawn if "--method" in drawn or rng.random() < 0.2 else [*drawn, "--method", "contact"]


_FLAGS: dict[str, list[Any]] = {
    "--align": ["up", "axes", "free", "sideways"],
    "--method": ["auto", "contact", "tight", "notebook"],
    "--seed": [1, -1, 10**23, 2**63 - 1, "x"],
    "--max-steps": [1, 0, 10**30],
    "--notebook-half-extent": [1e-9, 1e9, 1e300],
    "--notebook-learning-rate": [1e-9, 0.5, 1e300, 1e-320, "nan"],
    "--epochs": [1, 2, 10**30],
    "--source-units": [1, 1e-9, 0, -1, 1e300, "inf"],
    "--source-up": ["Y", "Z", "X"],
    "--label": ["all", "0", "1", "box", "nothing", "\x1b[1m", "9" * 400],
    "--views": ["0-5", "0,1", "5-0", "0-99999999", "-", "9" * 400, "0-5:0"],
    "--exclude": ["0", "0-99", "x"],
    "--prim": ["/World/Box", "World", "/", "/é", "/a b", "", "/World/Box.attribute", "/" + "a" * 3000],
    "--rotation": ["xyz", "orient"],
    "--frame": ["asset", "world"],
}


def _cut(path: Path, rng: random.Random) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: rng.randrange(len(content) + 1)])


def _flip_bytes(path: Path, rng: random.Random) -> None:
    content = bytearray(path.read_bytes())
    for _ in range(rng.choice([1, 4, 50]) if content else 0):
        content[rng.randrange(len(content))] = rng.randrange(256)
    path.write_bytes(content)


def _remove(path: Path, rng: random.Random) -> None:
    path.unlink()


def _replace_by_folder(path: Path, rng: random.Random) -> None:
    path.unlink()
    path.mkdir()


def _replace_by_pipe(path: Path, rng: random.Random) -> None:
    path.unlink()
    os.mkfifo(path)


def _link_to_device(path: Path, rng: random.Random) -> None:
    path.unlink()
    path.symlink_to(rng.choice(["/dev/zero", "/dev/full", "/dev/stdin", "/dev/urandom"]))


def _link_to_itself(path: Path, rng: random.Random) -> None:
    path.unlink()
    path.symlink_to(path.name)


def _swap_with_another(path: Path, rng: random.Random) -> None:
    other = rng.choice(sorted(each for each in path.parent.iterdir() if each.is_file()))
    first, second = path.read_bytes(), other.read_bytes()
    path.write_bytes(second)
    other.write_bytes(first)


def _give_odd_name(path: Path, rng: random.Random) -> None:
    name = rng.choice([f"a{path.name}", f"{path.name}.bak", f"{10**30}{path.suffix}", f"\x1b[31m{path.name}", " "])
    path.rename(path.with_name(name))


def _set_odd_json_value(path: Path, rng: random.Random) -> None:
    """Replace a value anywhere in a JSON file, or remove or repeat it."""
    try:
        root = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return
    places = list(_places(root))
    if not places:
        return
    container, key = rng.choice(places)
    kind = rng.randrange(4)
    if kind == 0 and isinstance(container, dict):
        del container[key]
    elif kind == 1 and isinstance(container, list):
        container.append(container[key])
    else:
        container[key] = rng.choice(ODD_VALUES)
    path.write_text(json.dumps(root), encoding="utf-8")


def _places(value: Any) -> list[tuple[Any, Any]]:
    """List every place in nested lists and dictionaries, the outer ones first."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [(value, key) for key, _ in items]
    return found + [place for container, key in found for place in _places(container[key])]


def _nest_json(path: Path, rng: random.Random) -> None:
    depth = rng.choice([100, 5000, 200_000])
    path.write_text("[" * depth + "]" * depth, encoding="utf-8")


def _write_text_of_other_encoding(path: Path, rng: random.Random) -> None:
    path.write_bytes(path.read_text(encoding="utf-8", errors="replace").encode("utf-16"))


def _set_npy_header(path: Path, rng: random.Random) -> None:
    """Give an array another type or shape, up to sizes that no memory holds, or a pickle."""
    content = path.read_bytes()
    if not content.startswith(b"\x93NUMPY"):
        return
    kind = rng.choice(["<i4", "<f8", "|O", "<U9", "|b1", ">u2", "<i8", "|V7", "<c16"])
    shape = rng.choice([(4,), (0, 0), (10**9, 10**9), (2**40,), (72, 128, 3), (-1, 5), (1,) * 30])
    header = f"{{'descr': '{kind}', 'fortran_order': {rng.choice([True, False])}, 'shape': {shape}, }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + content[128:])


def _set_png_size(path: Path, rng: random.Random) -> None:
    """Change the size in the header of a PNG."""
    content = bytearray(path.read_bytes())
    content[16:24] = rng.choice([0, 1, 65_535, 2**31 - 1]).to_bytes(4, "big") * 2
    path.write_bytes(content)


def _write_another_format(path: Path, rng: random.Random) -> None:
    path.write_bytes(
        rng.choice([b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", b"GIF89a", b"II*\x00", b"BM", b""])
    )


def _set_odd_usd_value(path: Path, rng: random.Random) -> None:
    """Replace a number, a text or a name in a stage of text."""
    text = path.read_text(encoding="utf-8", errors="replace")
    patterns = [
        r"(?<![\w.])-?\d+(\.\d+)?(e-?\d+)?",
        r'"[^"\n]*"',
        r"@[^@\n]*@",
        r"\b(double3|float3|matrix4d|token|string|int)\b",
    ]
    found = [match for pattern in patterns for match in re.finditer(pattern, text)]
    if not found:
        return
    match = rng.choice(found)
    number = str(rng.choice(ODD_NUMBERS))
    other = {
        '"': '"' + rng.choice(["", "x", "Z", "/World", "a" * 300]) + '"',
        "@": rng.choice(["@/dev/zero@", "@./scene.usda@", "@gone.usda@", "@../..@", "@http://localhost:1/a.usd@"]),
    }.get(match[0][0], number if match[0][0] in "-0123456789" else rng.choice(["string", "int[]", "token[]", "quatd"]))
    path.write_text(text[: match.start()] + other + text[match.end() :], encoding="utf-8")


def _set_odd_word(path: Path, rng: random.Random) -> None:
    """Replace a word of a text file."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if words := list(re.finditer(r"\S+", text)):
        word = rng.choice(words)
        odd = str(rng.choice([*ODD_NUMBERS, *ODD_TEXTS])).encode("utf-8", "replace").decode()
        path.write_text(text[: word.start()] + odd + text[word.end() :], encoding="utf-8")


def _set_odd_binary_number(path: Path, rng: random.Random) -> None:
    """Replace eight bytes by a number with or without a fraction."""
    content, number = bytearray(path.read_bytes()), rng.choice(ODD_NUMBERS)
    place = rng.randrange(0, len(content) + 1, 4)
    whole = isinstance(number, int) and abs(number) < 2**64
    content[place : place + 8] = struct.pack("<Q", number % 2**64) if whole else struct.pack("<d", number)
    path.write_bytes(content)


def _repeat_lines(path: Path, rng: random.Random) -> None:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
    first = rng.randrange(len(lines) or 1)
    path.write_text("".join(lines[: first + 3] + lines[first:]), encoding="utf-8")


Damage = Callable[[Path, random.Random], None]
_ANY: list[Damage] = [
    _cut,
    _flip_bytes,
    _remove,
    _replace_by_folder,
    _replace_by_pipe,
    _link_to_device,
    _link_to_itself,
]
_ANY += [_swap_with_another, _give_odd_name]
_JSON: list[Damage] = [_set_odd_json_value] * 8 + [_nest_json, _write_text_of_other_encoding]
_USD: list[Damage] = [_set_odd_usd_value] * 8 + [_repeat_lines, _write_text_of_other_encoding]
_KINDS: dict[str, list[Damage]] = {
    ".json": _JSON,
    ".txt": [_set_odd_word] * 8 + [_repeat_lines, _write_text_of_other_encoding],
    ".bin": [_set_odd_binary_number] * 8,
    ".npy": [_set_npy_header] * 4,
    ".png": [_set_png_size, _write_another_format],
    ".usda": _USD,
}
