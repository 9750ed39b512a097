"""The functions of filters (OGC 18-088, table 23) that are not about geometries."""

from __future__ import annotations

from typing import NamedTuple

from store.sensorthings.model import Type


class Form(NamedTuple):
    statement: str  #: of `odata.sql`
    takes: tuple[Type, ...]
    yields: Type


def _form(name: str, yields: Type, *takes: Type) -> tuple[str, tuple[Form, ...]]:
    return name, (Form(name, takes, yields),)


_TEXT, _NUMBER, _BOOL, _TIME = Type.TEXT, Type.NUMBER, Type.BOOL, Type.TIME

#: Every function in its forms; substring has two.
FUNCTIONS: dict[str, tuple[Form, ...]] = dict(
    (
        _form("substringof", _BOOL, _TEXT, _TEXT),
        _form("contains", _BOOL, _TEXT, _TEXT),
        _form("startswith", _BOOL, _TEXT, _TEXT),
        _form("endswith", _BOOL, _TEXT, _TEXT),
        _form("length", _NUMBER, _TEXT),
        _form("indexof", _NUMBER, _TEXT, _TEXT),
        _form("tolower", _TEXT, _TEXT),
        _form("toupper", _TEXT, _TEXT),
        _form("trim", _TEXT, _TEXT),
        _form("concat", _TEXT, _TEXT, _TEXT),
        *(_form(part, _NUMBER, _TIME) for part in ("year", "month", "day", "hour", "minute")),
        _form("second", _NUMBER, _TIME),
        _form("fractionalseconds", _NUMBER, _TIME),
        _form("date", Type.DATE, _TIME),
        _form("time", Type.CLOCK, _TIME),
        _form("totaloffsetminutes", _NUMBER, _TIME),
        _form("round", _NUMBER, _NUMBER),
        _form("floor", _NUMBER, _NUMBER),
        _form("ceiling", _NUMBER, _NUMBER),
        (
            "substring",
            (
                Form("substring", (_TEXT, _NUMBER), _TEXT),
                Form("substring_of_length", (_TEXT, _NUMBER, _NUMBER), _TEXT),
            ),
        ),
    )
)
