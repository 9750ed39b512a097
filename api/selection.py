"""`fields=number,state`: of each item of a list, or of one resource, only what is named.

One mechanism for all routes: which names there are, the type of a route's answer says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, get_args, get_type_hints

import orjson
from fastapi import Request
from pydantic import BaseModel
from starlette.datastructures import MutableHeaders, QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problem import Problem, answer

PARAMETER = "fields"
DESCRIBED = {
    "name": PARAMETER,
    "in": "query",
    "required": False,
    "description": "Only these fields, with commas between; all the others are left out",
    "schema": {"type": "string", "title": "Fields", "maxLength": 1_000},
}


def names_of(endpoint: Callable[..., Any]) -> frozenset[str]:
    """Return the fields of what a route answers, of an item where it answers a list."""
    shown = get_type_hints(endpoint).get("return")
    if not isinstance(shown, type) or not issubclass(shown, BaseModel):
        return frozenset()
    if "items" in shown.model_fields:
        inner = get_args(shown.model_fields["items"].annotation)
        shown = inner[0] if inner else shown
    if not isinstance(shown, type) or not issubclass(shown, BaseModel):
        return frozenset()
    return frozenset(field.alias or name for name, field in shown.model_fields.items())


class Selection:
    """Stands behind the guard, which knows what is called."""

    def __init__(self, app: ASGIApp, endpoints: Iterable[Callable[..., Any]]) -> None:
        self.app = app
        self._names = {endpoint: names_of(endpoint) for endpoint in endpoints}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        known = self._known(scope)
        wanted = QueryParams(scope.get("query_string", b"")).get(PARAMETER) if known else None
        if wanted is None:
            await self.app(scope, receive, send)
            return
        chosen = {part.strip() for part in wanted.split(",")}
        if strange := sorted(chosen - known):
            why = Problem(
                HTTPStatus(422),
                f"There is no {', '.join(strange)}; there are {', '.join(sorted(known))}.",
                kind="invalid-request",
                title="The request does not fit its description",
                errors=[{"at": "query.fields", "detail": "unknown field"}],
            )
            await answer(Request(scope), why)(scope, receive, send)
            return
        held: Message | None = None

        async def heard(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start":
                if message["status"] == HTTPStatus.OK:
                    held = message
                    return
            elif held is not None and not message.get("more_body"):
                start, held = held, None
                message = {**message, "body": _only(message.get("body", b""), chosen)}
                headers = MutableHeaders(raw=start["headers"])
                headers["content-length"] = str(len(message["body"]))
                await send(start)
            await send(message)

        await self.app(scope, receive, heard)

    def _known(self, scope: Scope) -> frozenset[str]:
        if scope["type"] != "http" or scope["method"] != "GET":
            return frozenset()
        door = scope.get("state", {}).get("door")
        return frozenset() if door is None else self._names.get(door.endpoint, frozenset())


def _only(body: bytes, chosen: set[str]) -> bytes:
    document = orjson.loads(body)
    if isinstance(document.get("items"), list) and "items" not in chosen:
        document["items"] = [_part(item, chosen) for item in document["items"]]
    else:
        document = _part(document, chosen)
    return orjson.dumps(document)


def _part(item: dict[str, Any], chosen: set[str]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name in chosen}
