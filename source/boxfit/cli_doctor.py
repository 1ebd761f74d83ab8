"""The command `doctor`."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from boxfit.cli_tables import print_tables
from boxfit.doctor import examine

if TYPE_CHECKING:
    from boxfit.cli import Doctor

_STYLES = {"ok": "green", "missing": "yellow", "wrong": "red"}


def run_doctor(command: Doctor) -> int:
    """Print every finding; what is optional and missing is no failure.

    Returns:
        0, or 1 where something that boxfit cannot do without is wrong.
    """
    checks = list(examine(command.python))
    if command.json:
        print(json.dumps([dataclasses.asdict(check) for check in checks], indent=2))
    else:
        table = Table(box=box.SIMPLE_HEAD)
        for column in ("", "", "found", "remedy"):
            table.add_column(column, overflow="fold")
        for check in checks:
            # As plain text: brackets in a reason are no markup.
            state = Text(check.state, _STYLES[check.state])
            table.add_row(check.name, state, Text(check.found), Text(check.remedy))
        print_tables([table])
    return int(any(check.state == "wrong" for check in checks))
