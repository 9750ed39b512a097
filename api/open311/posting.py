"""A service request that an application posts: its key, its form, and the case that it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from fastapi import Request

from api.body import read_body
from api.problem import Problem
from api.services import Services
from cases.open311 import Service
from cases.open311_post import Form, report_of, said
from cases.reporting import BadReport
from cases.workflow import Refused
from store.reports import take

LARGEST = 100_000  #: [bytes] of a form
FIELDS = 200  #: at most


@dataclass(frozen=True, slots=True)
class Posted:
    fields: Form

    def said(self, field: str) -> str:
        return said(self.fields, field)


async def posted(request: Request) -> Posted:
    """Return the form of a POST; what stands in the address counts where the form is silent."""
    body = await read_body(request, LARGEST)
    try:
        form = parse_qs(
            body.decode(), keep_blank_values=True, errors="strict", max_num_fields=FIELDS
        )
    except ValueError as why:
        said = f"The body is no form (application/x-www-form-urlencoded, UTF-8): {why}."
        raise Problem(HTTPStatus.BAD_REQUEST, said) from why
    query = {name: request.query_params.getlist(name) for name in request.query_params}
    return Posted({**query, **form})


def application(keys: Mapping[str, str], key: str) -> str:
    """Return whose api_key it is; `keys` are SHA-256 sums by name of the application."""
    if not keys:
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "Nobody may post here yet: the operator sets open311_keys, a name and the SHA-256 of "
            "its api_key.",
        )
    sum = sha256(key.encode(errors="replace")).hexdigest()
    # Every key is compared, so that the time taken tells nothing.
    names = [name for name, known in keys.items() if compare_digest(known.lower(), sum)]
    if not names:
        raise Problem(HTTPStatus.FORBIDDEN, "api_key is missing or not known here.")
    return names[0]


def take_request(
    services: Services, offered: Mapping[str, Service], form: Posted
) -> dict[str, Any]:
    """Take the report and return what the poster is told."""
    by = application(services.open311_keys, form.said("api_key"))
    code = form.said("service_code")
    if not code:
        raise Problem(HTTPStatus.BAD_REQUEST, "service_code was not provided.")
    if code not in offered:
        raise Problem(HTTPStatus.NOT_FOUND, f"service_code {code} was not found.")
    try:
        report = report_of(form.fields, offered[code], by)
        with services.pool.connection() as connection:
            taken = take(connection, report, services.time(), services.city)
    except (BadReport, Refused) as why:
        raise Problem(HTTPStatus.BAD_REQUEST, str(why)) from why
    notice = "已登记，将由监督中心核实 Registered; the supervision centre will look at it"
    return {"service_request_id": taken.number, "service_notice": notice, "account_id": None}
