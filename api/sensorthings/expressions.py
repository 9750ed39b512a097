"""Expressions of $filter and $orderby, parsed by odata-query; refusals name the place.

The library's grammar is OData's. What SensorThings has beyond it is seen to here: `@iot.id`, and
functions that OData does not know, which the library takes where they stand in a namespace.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from odata_query import ast
from odata_query.exceptions import ODataException, ParsingException, TokenizingException
from odata_query.grammar import ODataLexer, ODataParser

from api.problem import Problem
from store.sensorthings.composing import BadExpression, Place, Placed

LONGEST = 8_000  #: characters
MOST = 150  #: operators and functions: deeper trees than that nobody composes
COUNTED = {
    "AND", "OR", "NOT", "EQ", "NE", "LT", "LE", "GT", "GE", "IN", "ADD", "SUB", "MUL", "DIV", "MOD",
    "UMINUS",
}  # fmt: skip
IDENTITY = "@iot.id"
FUNCTION = ("sensorthings",)  #: the namespace
_NAME = re.compile(r"[_a-z](?:\.?\w){0,127}(?=\()", re.IGNORECASE)


class _Lexer(ODataLexer):
    tokens = ODataLexer.tokens
    # Whole words only: `nullable` and `anything` are names.
    NULL = r"null\b"  # type: ignore[assignment]
    BOOLEAN = r"(?:true|false)\b"  # type: ignore[assignment]
    ANY = r"any(?=\()"  # type: ignore[assignment]
    ALL = r"all(?=\()"  # type: ignore[assignment]

    def error(self, token: Any) -> Any:
        if token.value.startswith(IDENTITY):
            self.index += len(IDENTITY)
            token.type, token.value = "ODATA_IDENTIFIER", ast.Identifier("id")
            return token
        return super().error(token)

    def __init__(self, option: str, start: int) -> None:
        self._option, self._start = option, start

    def at(self, text: str, index: int) -> Place:
        return Place(self._option, text, self._start + index)

    def tokenize(self, text: str, lineno: int = 1, index: int = 0) -> Iterator[Any]:
        operators = 0
        for token in super().tokenize(text, lineno, index):
            at = self.at(text, token.index)
            called = bool(_NAME.match(text, token.index))
            operators += called or token.type in COUNTED
            if operators > MOST:
                raise BadExpression(f"there are more than {MOST} operators; ask in parts", at)
            token.value = _placed(token, at, called)
            yield token


def _placed(token: Any, at: Place, called: bool) -> Any:
    """Return the token's value with the place where it stands."""
    value = token.value
    match value:
        case ast.Identifier(name, namespace):
            return ast.Identifier(
                Placed(name, at), (*FUNCTION, *namespace) if called else namespace
            )
        case ast._Literal() if hasattr(value, "val"):
            return replace(value, val=Placed(value.val, at))  # type: ignore[call-arg]
    if token.type == "BOOLEAN":
        return ast.Boolean(Placed(value, at))
    return ast.Null() if token.type == "NULL" else value


def parse(option: str, text: str, start: int = 0) -> Any:
    """Return the tree of an expression, which begins at `start` of the option's value."""
    lexer = _Lexer(option, start)
    try:
        if len(text) > LONGEST:
            raise BadExpression(f"it is longer than {LONGEST} characters; ask in parts")
        return ODataParser().parse(lexer.tokenize(text))
    except BadExpression as why:
        raise unclear(why, option) from why
    except TokenizingException as why:
        at = lexer.at(text, why.token.index)
        raise refused(option, f"{why.token.value[:20]!r} is no part of OData", at) from why
    except ParsingException as why:
        left = "" if why.token is None else text[why.token.index :]
        at = lexer.at(text, len(text) - len(left.lstrip()))
        said = f"{left.strip()[:20]!r} is not expected here" if left else "it ends too early"
        raise refused(option, said, at) from why
    except (ODataException, ValueError, TypeError, AttributeError, NotImplementedError) as why:
        # The grammar builds some trees without looking at what it builds them of.
        raise refused(option, f"it is not understood: {why}", lexer.at(text, 0)) from why


def unclear(why: BadExpression, option: str = "The query") -> Problem:
    """Return the problem of an expression that cannot be composed."""
    return refused(why.at.option if why.at else option, str(why), why.at)


def refused(option: str, why: str, at: Place | None = None) -> Problem:
    """Return the problem of a query option, and the place in its value, counted from 0."""
    place = "" if at is None else f", at character {at.at}"
    members: dict[str, Any] = {} if at is None else {"expression": at.text, "at": at.at}
    return Problem(
        HTTPStatus.BAD_REQUEST,
        f"{option}{place}: {why}.",
        kind="invalid-query",
        title="The query cannot be understood",
        option=option,
        **members,
    )
