"""The one exception with which a decoder gives up a message, a record or a field."""

from __future__ import annotations


class Unusable(ValueError):
    """What was sent cannot be used; the message says to an operator what is wrong and where."""


def describe(value: object) -> str:
    """Name a decoded JSON value as an operator would: its kind, and the value where short."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "an array"
    text = f"{value}"
    shown = text if len(text) <= 40 else text[:40] + "…"
    return f'the text "{shown}"' if type(value) is str else f"the number {shown}"
