"""GeoReport v2: services, requests, tokens and discovery."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from api.open311.answers import ANSWERED, ON_ERROR, Format, GeoReportRoute, answer
from api.open311.asked import span, split, states_of
from api.open311.posting import Posted, posted, take_request
from api.problem import Problem
from api.services import Given, Services
from cases.open311 import Service, request, services
from store.open311 import number_of_report, requests

PREFIX = "/open311/v2"
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
CHANGED = "2026-11-22T00:00:00Z"  #: of this endpoint, which clients may compare


def of_this_jurisdiction(
    services: Given, jurisdiction_id: Annotated[str, Query(description="Of the city")] = ""
) -> None:
    """Refuse what is meant for another city; a city may leave itself unnamed."""
    own = services.city.policy.open311.jurisdiction
    if own and jurisdiction_id not in ("", own):
        raise Problem(HTTPStatus.NOT_FOUND, f"jurisdiction_id {jurisdiction_id} was not found.")


router = APIRouter(
    prefix=PREFIX,
    tags=["open311"],
    responses=ON_ERROR | ANSWERED,
    default_response_class=Response,
    route_class=GeoReportRoute,
    dependencies=[Depends(of_this_jurisdiction)],
)


def offered(services_: Services) -> dict[str, Service]:
    return services(services_.city.catalogue, services_.city.policy.open311)


def service_named(services: Services, code: str) -> Service:
    found = offered(services).get(code)
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND, f"service_code {code} was not found.")
    return found


@router.get("/discovery.{format}")
def discover(services: Given, asked: Request, format: Format) -> Response:
    """Where this endpoint is and what it speaks."""
    policy = services.city.policy.open311
    endpoint = {
        "specification": SPECIFICATION,
        "url": f"{str(asked.base_url).rstrip('/')}{PREFIX}",
        "changeset": CHANGED,
        "type": "production",
        "formats": ["text/xml", "application/json"],
    }
    found = {
        "changeset": CHANGED,
        "contact": policy.contact,
        "key_service": policy.key_service,
        "endpoints": [endpoint],
    }
    return answer(format, "discovery", found)


@router.get("/services.{format}")
def list_services(services: Given, format: Format) -> Response:
    """What can be reported: classes of the catalogue, in Chinese and English."""
    return answer(format, "services", [each.listed() for each in offered(services).values()])


@router.get("/services/{service_code}.{format}")
def show_service(services: Given, service_code: str, format: Format) -> Response:
    """What else may be said of a problem of this class."""
    return answer(format, "service_definition", service_named(services, service_code).definition())


@router.get("/requests.{format}")
def list_requests(
    services: Given,
    format: Format,
    service_request_id: Annotated[str, Query(description="Commas between; overrides all")] = "",
    service_code: Annotated[str, Query(description="Commas between")] = "",
    start_date: Annotated[str, Query(description="W3C; default: 90 days before")] = "",
    end_date: Annotated[
        str, Query(description="W3C; default: 90 days after the start, or now")
    ] = "",
    status: Annotated[str, Query(description="open, closed; commas between")] = "",
) -> Response:
    """Cases as the public may see them, newest first, 1000 at most; exercises are none."""
    chosen: dict[str, Any] = {"numbers": split(service_request_id)}
    wanted = offered(services)
    if not service_request_id:
        start, end = span(services, start_date, end_date)
        chosen = {"start": start, "end": end, "states": states_of(status)}
        if service_code:
            wanted = {code: service_named(services, code) for code in split(service_code)}
    return answer(format, "service_requests", found(services, wanted, **chosen))


@router.post("/requests.{format}")
def post_request(
    services: Given, format: Format, form: Annotated[Posted, Depends(posted)]
) -> Response:
    """Report a problem; application/x-www-form-urlencoded with an api_key."""
    of_this_jurisdiction(services, form.said("jurisdiction_id"))
    return answer(format, "service_requests", [take_request(services, offered(services), form)])


@router.get("/requests/{service_request_id}.{format}")
def show_request(services: Given, service_request_id: str, format: Format) -> Response:
    """One case as the public may see it."""
    rows = found(services, offered(services), numbers=[service_request_id])
    if not rows:
        said = f"service_request_id {service_request_id} was not found."
        raise Problem(HTTPStatus.NOT_FOUND, said)
    return answer(format, "service_requests", rows)


@router.get("/tokens/{token}.{format}")
def show_token(services: Given, token: str, format: Format) -> Response:
    """The request that a report has become part of; a POST answers with the request at once."""
    try:
        report = UUID(token)
    except ValueError:
        report = None
    with services.pool.connection() as connection:
        number = report and number_of_report(connection, report)
    if not number:
        raise Problem(HTTPStatus.NOT_FOUND, f"token {token} was not found.")
    told = [{"service_request_id": number, "token": token}]
    return answer(format, "service_requests", told)


@router.api_route("/{rest:path}", methods=["GET", "POST"], include_in_schema=False)
def show_nothing(rest: str) -> Response:
    """What is none of these, in the standard's form of errors too."""
    said = f"There is no {rest} here: ask for services, requests or tokens with .xml or .json."
    raise Problem(HTTPStatus.NOT_FOUND, said)


def found(services: Services, wanted: dict[str, Service], **chosen: Any) -> list[dict[str, Any]]:
    most = services.city.policy.open311.most
    with services.pool.connection() as connection:
        rows = requests(connection, wanted.values(), most, **chosen)
    return [request(row, wanted[row["service"]], services.city.zone) for row in rows]
