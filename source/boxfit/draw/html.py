"""Result of a fit as HTML, for notebooks."""

from __future__ import annotations

import base64
import io
from html import escape

from boxfit.draw.pictures import overlay_picture
from boxfit.errors import DatasetError
from boxfit.session.results import ObjectResult
from boxfit.session.wording import number, unit_of

_WIDTH = 960
"""Width of the picture in a page, in pixels."""


def result_html(result: ObjectResult) -> str:
    """Make a page of the overlay, the size with the range of each edge, and the warnings."""
    unit = unit_of(result.world.meters_per_unit)
    rows = "".join(
        f"<tr><th>{axis}</th><td>{number(length, 3)} {unit}</td><td>{_range(result, index)}</td></tr>"
        for index, (axis, length) in enumerate(zip("xyz", result.box.size, strict=True))
    )
    warnings = "".join(f"<li>{escape(warning)}</li>" for warning in result.warnings)
    return (
        f"<div><b>{escape(result.name)}</b>: {escape(result.verdict.text)}"
        f"<table><tr><th>edge</th><th>length</th><th>from the masks alone</th></tr>{rows}</table>"
        f"{f'<ul>{warnings}</ul>' if warnings else ''}{_picture(result)}</div>"
    )


def _range(result: ObjectResult, axis: int) -> str:
    least, most = (limits[axis].sum() for limits in (result.bounds.inner, result.bounds.outer))
    return f"{number(max(least, 0.0), 3)} to {number(most, 3)}"


def _picture(result: ObjectResult) -> str:
    try:
        image = overlay_picture(result)
    except DatasetError as error:  # The files of the views may be gone by now.
        return f"<p>{escape(str(error))}</p>"
    data = io.BytesIO()
    image.convert("RGB").save(data, format="JPEG", quality=85)
    text = base64.b64encode(data.getvalue()).decode("ascii")
    return f'<img style="max-width:100%;width:{_WIDTH}px" src="data:image/jpeg;base64,{text}">'
