"""Made results of a batch, for tests of its summary and its page: records as `record.schema.json` describes them."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image, ImageDraw

THINGS = ("teapot", "clock", "crate", "lamp", "mug", "drill", "chair", "valve")
FACES = ("-x", "+x", "-y", "+y", "-z", "+z")
OPEN = "{:.0f} to {:.0f} cm along z: nothing sees it from below"
ERROR = "no view shows 'clock': every mask of it is empty; check the labels, or leave the asset out"


def fitted(source: str, name: str, seed: int = 0, **changes: Any) -> dict[str, Any]:
    """Make the record of a fitted object, without warnings."""
    random = Random(f"{source}/{name}/{seed}".encode("utf-8", "backslashreplace"))
    size = [random.uniform(5, 60) for _ in range(3)]
    centre = [random.uniform(-100, 100) for _ in range(3)]
    shares = [random.choice([random.uniform(0.002, 0.03), random.uniform(0.02, 0.12)]) for _ in range(6)]
    bounds = [
        {"face": face, "inner": half - share * half, "outer": half + share * half}
        for face, half, share in zip(FACES, (s / 2 for s in size for _ in "-+"), shares, strict=True)
    ]
    corners = [[c + s * length / 2 for c, s, length in zip(centre, signs, size, strict=True)] for signs in _signs()]
    return (
        _common(source, name, random)
        | {
            "status": "fitted",
            "error": None,
            "kind": None,
            "inputs": f"{random.getrandbits(64):016x}",
            "stage": {"path": f"boxes/{source}.usda", "up_axis": "Y", "meters_per_unit": 0.01},
            "prim": f"/Boxes/{name}",
            "thumbnail": f"thumbnails/{source}.{name}.jpg",
            "world": {"up_axis": "Y", "meters_per_unit": 0.01},
            "box": {"centre": centre, "size": size, "quaternion_wxyz": [1.0, 0.0, 0.0, 0.0], "corners": corners},
            "bounds": bounds,
            "bound_width": max(shares),
            "volume": math.prod(size),
            "extent": "likely",
            "alignment": random.choice(["axes", "up", "free"]),
            "views": random.choice([8, 12, 12, 24]),
            "views_left_out": 0,
            "coverage": {"mean": 1.0, "least": random.choice([1.0, 1.0, random.uniform(0.995, 1)])},
            "iou": {"mean": random.uniform(0.5, 0.9), "least": random.uniform(0.3, 0.5)},
            "undetermined_axes": [],
            "class": name.rpartition("/")[2],
            "verdict": {"grade": "good", "text": "1.0 x 2.0 x 3.0 cm (+-0.1, +-0.1, +-0.1), upright: good"},
            "warnings": [],
            "remarks": [],
        }
        | changes
    )


def wide(source: str, name: str, share: float = 0.6) -> dict[str, Any]:
    """Make the record of an object whose lower face the views leave open by a share of its edge."""
    record = fitted(source, name)
    height = record["box"]["size"][2]
    record["bounds"][4] = {"face": "-z", "inner": height * (0.5 - share * 0.6), "outer": height * (0.5 + share * 0.4)}
    text = OPEN.format(*(record["bounds"][5][end] + record["bounds"][4][end] for end in ("inner", "outer")))
    return record | {"bound_width": share, "undetermined_axes": ["z"], "warnings": [text]}


def cut(source: str, name: str, least: float = 0.93) -> dict[str, Any]:
    """Make the record of an object that its box cuts in a view."""
    text = "the box covers 3 of 12 views (4, 7, 9) only in part: their cameras may be wrong"
    return fitted(source, name, coverage={"mean": 0.99, "least": least}, warnings=[text])


def failed(source: str, name: str | None = None, error: str = ERROR, kind: str = "DatasetError") -> dict[str, Any]:
    """Make the record of an object, or of a whole source, that could not be fitted."""
    record = _common(source, name, Random(f"{source}/{name}"))
    return record | {"status": "failed", "error": error, "kind": kind, "inputs": None, "format": None}


def many(count: int, each: int = 4) -> Iterable[dict[str, Any]]:
    """Make the records of so many objects, a few to a source, one in eight of which needs a look."""
    for index in range(count):
        source = f"warehouse/shelf_{index // each // 20 + 1}/scan_{index // each + 1}"
        name = THINGS[index % len(THINGS)]
        if index % 97 == 41:
            yield failed(source, name)
        elif index % 16 == 7:
            yield wide(source, name, 0.2 + 0.5 * (index % 31) / 31)
        elif index % 24 == 4:
            yield cut(source, name, 0.99 - 0.1 * (index % 13) / 13)
        else:
            yield fitted(source, name)


def write_batch(output: Path, records: Iterable[dict[str, Any]], pictures: bool = True, shard: str = "") -> None:
    """Write results as a run leaves them: a line for each record, and the thumbnails that they name."""
    output.mkdir(parents=True, exist_ok=True)
    records = list(records)
    objects = Counter(record["source"] for record in records)
    with (output / f"results{shard}.jsonl").open("a", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(record | {"objects": objects[record["source"]]}) + "\n")
            if pictures and record.get("thumbnail"):
                draw_thumbnail(output / record["thumbnail"], record)


def draw_thumbnail(path: Path, record: dict[str, Any]) -> None:
    """Draw the box, seen from above and aside, around a filled shape."""
    path.parent.mkdir(parents=True, exist_ok=True)
    random = Random(record["object"])
    picture = Image.new("RGB", (256, 256), (70, 76, 84))
    draw = ImageDraw.Draw(picture)
    size = record["box"]["size"]
    scale = 150 / math.hypot(*size)

    def place(signs: tuple[int, ...]) -> tuple[float, float]:
        x, y, z = (sign * length * scale / 2 for sign, length in zip(signs, size, strict=True))
        return 128 + 0.87 * x - 0.6 * z, 128 - 0.85 * y + 0.35 * x + 0.4 * z

    corners = {signs: place(signs) for signs in _signs()}
    left, right = (end([x for x, _ in corners.values()]) for end in (min, max))
    top, bottom = (end([y for _, y in corners.values()]) for end in (min, max))
    draw.ellipse((left + 6, top + 6, right - 6, bottom - 6), fill=tuple(random.randrange(90, 200) for _ in "rgb"))
    for a in corners:
        for b in corners:
            if a < b and sum(p != q for p, q in zip(a, b, strict=True)) == 1:
                draw.line((corners[a], corners[b]), fill=(245, 150, 40), width=2)
    picture.save(path, quality=80)


def _signs() -> list[tuple[int, ...]]:
    return [(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]


def _common(source: str, name: str | None, random: Random) -> dict[str, Any]:
    seconds = {stage: round(random.uniform(0.01, 0.2), 4) for stage in ("read", "masks", "start", "tight", "write")}
    return {
        "source": source,
        "object": name,
        "attempt": 1,
        "boxfit": "1.4.0",
        "settings": {"align": "up"},
        "elsewhere": [],
        "format": "data-generator",
        "seconds": seconds | {"total": round(sum(seconds.values()), 4)},
    }
