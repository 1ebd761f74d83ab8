"""Stand-in for Kit's `carb`: the log. Signatures: typings/carb/_carb.pyi of work-r-labs/isaacsim_typings_5."""

logged: list[tuple[str, str]] = []
"""What was logged, in order: level and text."""


def log_info(text: str) -> None:
    logged.append(("info", text))


def log_warn(text: str) -> None:
    logged.append(("warn", text))


def log_error(text: str) -> None:
    logged.append(("error", text))
