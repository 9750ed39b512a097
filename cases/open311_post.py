"""A service request that is posted becomes a report: its form read, its caller kept apart."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from cases.masking import MASK, without_people
from cases.open311 import CONDITION, Service
from cases.reporting import BadReport, Caller, Report
from cases.words import Source

LONGEST = 4_000  #: characters of a description, as the standard has it
_NUMBER = re.compile(r"[-+]?\d{1,3}(?:\.\d+)?")

Form = Mapping[str, Sequence[str]]  #: fields and their values, in the order of the form


def report_of(form: Form, service: Service, application: str) -> Report:
    """Return the report that a form makes; raises BadReport, which says what to mend.

    Of whom posts it, name and telephone go to the call-back; e-mail, account and device are
    of no use here and are not kept.
    """
    name = " ".join(filter(None, (said(form, "first_name"), said(form, "last_name"))))
    description = said(form, "description")
    if len(description) > LONGEST:
        raise BadReport(f"description: {len(description)} characters; {LONGEST} at most")
    media = said(form, "media_url")
    if media and not re.fullmatch(r"https?://\S+", media):
        raise BadReport("media_url: give an http or https address")
    text = "\n".join(filter(None, (description, media))) or service.name
    try:
        return Report(
            source=Source.SYSTEM,
            actor=application,
            system=f"open311:{application}",
            text=without(text, form, name),
            code_list=service.filings[0].code_list,
            code=service.filings[0].problem.code,
            kind=service.filings[0].problem.kind,
            condition=_condition(form, service),
            component=said(form, "address_id"),
            lon=_degrees(form, "long"),
            lat=_degrees(form, "lat"),
            address=without(said(form, "address_string"), form, name),
            caller=Caller(name=name, phone=said(form, "phone")) if said(form, "phone") else None,
        )
    except ValidationError as why:
        faults = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in why.errors())
        raise BadReport("; ".join(faults).removeprefix(": Value error, ")) from why


def said(form: Form, field: str) -> str:
    """Return the value of a field; one that is empty is as one that was not sent."""
    return (form.get(field) or ("",))[0].strip()


def without(text: str, form: Form, name: str) -> str:
    """Return `text` without whom posts it; of an account we have nothing but its number."""
    account = said(form, "account_id")
    text = text.replace(account, MASK) if len(account) > 1 else text
    return without_people(text, name, said(form, "phone"))


def _condition(form: Form, service: Service) -> str:
    asked = said(form, f"attribute[{CONDITION}]") or said(form, f"attribute[{CONDITION}][]")
    choices = [filing.condition.slug for filing in service.filings]
    if len(choices) == 1:
        return choices[0]
    if asked and asked not in choices:
        raise BadReport(f"attribute[{CONDITION}]: {asked!r} is none of {', '.join(choices)}")
    return asked


def _degrees(form: Form, field: str) -> float | None:
    text = said(form, field)
    if text and not _NUMBER.fullmatch(text):
        raise BadReport(f"{field}: {text!r} is no number of degrees, as 31.8206")
    return float(text) if text else None
