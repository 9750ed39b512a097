"""Answers in the two forms of GeoReport v2, errors among them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Any
from xml.etree.ElementTree import Element

import orjson
import psycopg
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from api.problem import Problem
from cases.markup import add, readable, written


class Format(StrEnum):
    XML = "xml"
    JSON = "json"


MEDIA_TYPES = {
    Format.XML: "text/xml; charset=utf-8",
    Format.JSON: "application/json; charset=utf-8",
}
#: What the items of a list are called in XML.
ITEMS = {
    "services": "service",
    "service_requests": "request",
    "errors": "error",
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
}
#: For the router: what each route answers when it cannot answer what was asked.
ON_ERROR: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "`errors`: a list of `code` and `description`",
        "content": {
            "text/xml": {"schema": {"type": "string"}},
            "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
        },
    }
}

#: Likewise, for what it answers otherwise.
ANSWERED: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "text/xml": {"schema": {"type": "string"}},
            "application/json": {"schema": {}},
        }
    }
}


def answer(format: Format, root: str, body: Any, status: int = HTTPStatus.OK) -> Response:
    """Return `body`, which XML calls `root`; JSON leaves the name of the root out."""
    if format is Format.JSON:
        content = orjson.dumps(_clean(body))
    else:
        document = Element(root)
        _fill(document, root, body)
        content = written(document)
    return Response(content, status_code=status, headers={"content-type": MEDIA_TYPES[format]})


def _fill(element: Element, name: str, value: Any) -> None:
    if isinstance(value, Mapping):
        for field, each in value.items():
            _fill(add(element, field), field, each)
    elif isinstance(value, list):
        for each in value:
            _fill(add(element, ITEMS[name]), ITEMS[name], each)
    elif value is not None:
        element.text = str(value).lower() if isinstance(value, bool) else readable(str(value))


def _clean(value: Any) -> Any:
    """Half a surrogate pair is no UTF-8 either."""
    if isinstance(value, Mapping):
        return {name: _clean(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_clean(each) for each in value]
    return readable(value) if isinstance(value, str) else value


def errors(request: Request, status: int, *descriptions: str) -> Response:
    wanted = request.url.path.rpartition(".")[2]
    format = Format.JSON if wanted == Format.JSON else Format.XML
    told = [{"code": int(status), "description": said} for said in descriptions]
    return answer(format, "errors", told, status)


Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class GeoReportRoute(APIRoute):
    """A route whose errors are the standard's: 403 and 404 where they fit, else 400."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                return await handle(request)
            except Problem as why:
                return errors(request, why.status, why.detail)
            except RequestValidationError as why:
                told = (f"{error['loc'][-1]}: {error['msg']}" for error in why.errors())
                return errors(request, HTTPStatus.BAD_REQUEST, *told)
            except psycopg.DataError as why:
                said = f"A value cannot be looked up: {str(why).splitlines()[0]}."
                return errors(request, HTTPStatus.BAD_REQUEST, said)
            except psycopg.OperationalError:
                said = "The database does not answer; try again."
                return errors(request, HTTPStatus.SERVICE_UNAVAILABLE, said)

        return handler
