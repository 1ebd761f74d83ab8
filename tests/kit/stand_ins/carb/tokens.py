"""Stand-in for `carb.tokens`. Signatures: typings/carb/tokens/_tokens.pyi of work-r-labs/isaacsim_typings_5."""

from __future__ import annotations


class ITokens:
    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def set_value(self, name: str, value: str) -> None:
        self._values[name] = value

    def resolve(self, text: str) -> str:
        for name, value in self._values.items():
            text = text.replace(f"${{{name}}}", value)
        return text


_tokens = ITokens()


def get_tokens_interface() -> ITokens:
    return _tokens
