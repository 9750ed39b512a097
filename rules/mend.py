"""What is wrong with a written pack, said so that whoever wrote it can mend it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from rules.written import PLAIN

#: What pydantic calls it: how that is said. {input}: as YAML read it; the rest is pydantic's.
SAID = {
    "missing": "is missing; add it",
    "string_type": "must be text, YAML read {input}; put it in quotes",
    "string_too_short": "is empty; write it",
    "string_pattern_mismatch": (
        "{input} has signs of another kind; use small letters, digits, dots and hyphens, "
        "such as flood.road.deep"
    ),
    "enum": "{input} is none of {expected}",
    "literal_error": "{input} is none of {expected}",
    "greater_than": "{input} is too small; it must be more than {gt:g}",
    "greater_than_equal": "{input} is too small; it must be at least {ge:g}",
    "less_than": "{input} is too large; it must be less than {lt:g}",
    "less_than_equal": "{input} is too large; it must be at most {le:g}",
    "int_parsing": "{input} is no whole number",
    "int_type": "{input} is no whole number",
    "int_from_float": "{input} is no whole number",
    "float_parsing": "{input} is no number",
    "float_type": "{input} is no number",
    "time_delta_parsing": "{input} is no ISO 8601 duration such as PT15M or P1D",
    "tuple_type": "write a list, [..., ...]; YAML read {input}",
    "too_short": "is empty; write at least one entry",
    "dict_type": "write {{name: value, ...}}; YAML read {input}",
}


def in_words(refused: ValidationError, model: type[BaseModel], prefix: str = "") -> str:
    """Return what pydantic found in a `model`, one 'field: problem; mend' an error."""
    return "; ".join(words for _, words in mends(refused, model, prefix))


def mends(
    refused: ValidationError, model: type[BaseModel], prefix: str = ""
) -> list[tuple[tuple[int | str, ...], str]]:
    """Return for each error the way to its field, and 'field: problem; mend'."""
    found = []
    for error in refused.errors():
        where = tuple(part for part in error["loc"] if part not in ("", PLAIN))
        field = ".".join(str(part) for part in (prefix, *where) if part != "")
        problem = _problem(error, model)
        found.append((where, f"{field}: {problem}" if field else problem))
    return found


def _problem(error: ErrorDetails, model: type[BaseModel]) -> str:
    kind, where = error["type"], error["loc"]
    if kind == "extra_forbidden":
        if str(where[-1]) in ("True", "False"):
            return "YAML reads on, off, yes and no as booleans; name the field otherwise"
        return f"no such field here; known are {', '.join(_fields(model, where[:-1]))}"
    if kind == "model_type":
        fields = ", ".join(_fields(model, where))
        return f"write {{name: value, ...}} with {fields}; YAML read {error['input']!r}"
    if kind in SAID:
        return SAID[kind].format(input=repr(error["input"]), **error.get("ctx", {}))
    return error["msg"].removeprefix("Value error, ")


def _fields(model: type[BaseModel], where: Sequence[int | str]) -> list[str]:
    """Return the names that may be written at a place in `model`."""
    here: Any = model
    for part in where:
        if isinstance(here, type) and issubclass(here, BaseModel):
            named = {info.alias or name: info for name, info in here.model_fields.items()}
            if str(part) in named:  # else the key or place of an entry, which changes no model
                here = model_in(named[str(part)].annotation)
    if not (isinstance(here, type) and issubclass(here, BaseModel)):
        return []
    return [info.alias or n for n, info in here.model_fields.items() if not info.exclude]


def model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model within an annotation such as dict[str, Signal] or CaseKey | None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (model_in(part) for part in get_args(annotation))
    return next((found for found in inner if found is not None), None)
