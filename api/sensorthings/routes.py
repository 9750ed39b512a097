"""The service: what it is made of, and every path below it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

import orjson
import psycopg
from fastapi import Query, Request, Response

from api.paging import bad_cursor
from api.problem import Problem
from api.resource import Resource
from api.sensorthings.answers import LARGEST, USUAL, Writer, data_array, following, page_size, shown
from api.sensorthings.expressions import refused, unclear
from api.sensorthings.options import read_options
from api.sensorthings.paths import Found, nothing, resolve
from api.services import Given
from store.sensorthings.asked import Asked
from store.sensorthings.composing import BadExpression
from store.sensorthings.model import ENTITIES
from store.sensorthings.reading import PATIENCE, BadAfter, Reader

PREFIX = "/sensorthings/v1.1"
REQUIREMENTS = "http://www.opengis.net/spec/iot_sensing/1.1/req"
#: Requirement classes that are kept whole. Creating, updating, batches and MQTT are not offered;
#: of the data array only the reading half is, so that it is not named.
CONFORMANCE = (
    "datamodel",
    "resource-path/resource-path-to-entities",
    *(
        f"request-data/{each}"
        for each in (
            "order", "expand", "select", "status-code", "query-status-code", "orderby", "top",
            "skip", "pagination", "count", "filter", "built-in-filter-operations",
        )
    ),
)  # fmt: skip

router = Resource(PREFIX, tags=["sensorthings"], base="")


def _option(name: str, description: str = "", *examples: str) -> Any:
    return Query(alias=f"${name}", description=description, examples=[*examples])


_Text = str | None
_Filter = Annotated[_Text, _option("filter", "", "result gt 0.15 and year(phenomenonTime) eq 2024")]
_Expand = Annotated[_Text, _option("expand", "", "Datastreams($top=2;$expand=ObservedProperty)")]
_OrderBy = Annotated[_Text, _option("orderby", "", "phenomenonTime desc")]
_Select = Annotated[_Text, _option("select", "", "result,phenomenonTime")]
_Top = Annotated[_Text, _option("top", f"Default {USUAL}, at most {LARGEST}", "10")]
_Skip = Annotated[_Text, _option("skip", "", "20")]
_Count = Annotated[_Text, _option("count", "true or false", "true")]
_SkipToken = Annotated[_Text, _option("skiptoken", "Of @iot.nextLink; opaque")]
_Format = Annotated[_Text, _option("resultFormat", "dataArray, of Observations", "dataArray")]


@router.get("")
def show_service(asked: Request) -> dict[str, Any]:
    """The entity sets, and which requirements of OGC 18-088 are kept."""
    root = str(asked.base_url).rstrip("/") + PREFIX
    return {
        "value": [{"name": entity.set, "url": f"{root}/{entity.set}"} for entity in ENTITIES],
        "serverSettings": {"conformance": [f"{REQUIREMENTS}/{each}" for each in CONFORMANCE]},
    }


@router.get(
    "/{path:path}",
    response_class=Response,
    responses={
        200: {
            "content": {
                "application/json": {"schema": {"type": "object"}},
                "text/plain": {"schema": {"type": "string"}},
            }
        },
        204: {"description": "The property is there and has no value"},
    },
)
def show_path(
    services: Given,
    asked: Request,
    path: str,
    filter: _Filter = None,
    expand: _Expand = None,
    orderby: _OrderBy = None,
    select: _Select = None,
    top: _Top = None,
    skip: _Skip = None,
    count: _Count = None,
    skiptoken: _SkipToken = None,
    format: _Format = None,
) -> Response:
    """Entity sets, entities, what they lead to, and their properties.

    Things are devices, Datastreams their channels, Observations readings: `phenomenonTime` by the
    device's clock, `resultTime` by ours. As in
    `Things(1)/Datastreams(2)/Observations?$orderby=phenomenonTime desc&$top=10`.
    """
    root = str(asked.base_url).rstrip("/")
    if not path:
        return _json(show_service(asked))
    options = _options(asked)
    arrays = options.pop("$resultFormat", None)
    if arrays not in (None, "dataArray"):
        raise refused("$resultFormat", f"{arrays!r} is not dataArray")
    try:
        with services.pool.connection() as connection:
            reader = Reader(connection, services.time(), root)
            found = resolve(path, reader)
            wanted = read_options(options, found.entity)
            writer = Writer(root + PREFIX, reader)
            if found.single:
                return _single(found, reader, writer, wanted)
            return _many(found, reader, writer, wanted, root + asked.url.path, bool(arrays))
    except BadExpression as why:
        raise unclear(why) from why
    except BadAfter as why:
        raise bad_cursor() from why
    except psycopg.errors.QueryCanceled as why:
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            f"It was not answered in {PATIENCE.seconds} s; begin at a Datastream, or narrow it.",
            kind="too-much",
            title="Too much is asked for at once",
        ) from why


def _options(asked: Request) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in asked.query_params.multi_items():
        name = "$resultFormat" if name == "resultFormat" else name
        if not name.startswith("$"):
            continue  # custom options are the client's own affair
        if name in found:
            raise refused(name, "it is given twice")
        found[name] = value
    return found


def _single(found: Found, reader: Reader, writer: Writer, wanted: Asked) -> Response:
    entity = found.entity
    if found.members:
        wanted = Asked(select=(found.members[0],))
    row = reader.one(entity, found.given, wanted)
    if row is None:
        raise nothing(f"There is no such {entity.name}.")
    if found.members:
        return _property(found, row)
    if found.ending:
        return _json({"@iot.selfLink": writer.link(entity, row["id"])})
    return _json(writer.entities(entity, [row], wanted)[0])


def _property(found: Found, row: dict[str, Any]) -> Response:
    value = shown(found.members[0], row[found.members[0]])
    for name in found.members[1:]:
        if not isinstance(value, dict) or name not in value:
            raise nothing(f"There is no {'/'.join(found.members)} here.")
        value = value[name]
    if value is None:
        return Response(status_code=HTTPStatus.NO_CONTENT)
    if found.ending != "$value":
        return _json({found.members[-1]: value})
    text = value if isinstance(value, str) else orjson.dumps(value, option=_OPTIONS).decode()
    return Response(
        text.strip('"') if not isinstance(value, str) else text, media_type="text/plain"
    )


def _many(
    found: Found, reader: Reader, writer: Writer, wanted: Asked, address: str, arrays: bool
) -> Response:
    entity = found.entity
    if arrays and entity.set != "Observations":
        raise refused("$resultFormat", "a dataArray is of Observations")
    page = reader.page(entity, found.given, wanted, page_size(wanted, USUAL))
    answer: dict[str, Any] = {} if page.count is None else {"@iot.count": page.count}
    if page.more and page.rows:
        kept = "$resultFormat=dataArray&" if arrays else ""
        answer["@iot.nextLink"] = following(address, wanted, page).replace("?", f"?{kept}", 1)
    if found.ending:
        links = [{"@iot.selfLink": writer.link(entity, row["id"])} for row in page.rows]
        return _json(answer | {"value": links})
    if arrays:
        return _json(answer | {"value": data_array(writer, page.rows, wanted)})
    return _json(answer | {"value": writer.entities(entity, page.rows, wanted)})


_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC


def _json(body: Any) -> Response:
    return Response(orjson.dumps(body, option=_OPTIONS), media_type="application/json")
