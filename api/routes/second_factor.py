"""One's own second factor: codes of an app on a telephone, and recovery codes for when it is lost.

Who signs in by password, or by a link, has no role in the session until a code was shown; the
session then goes on under a new token.
"""

from __future__ import annotations

from http import HTTPStatus
from io import BytesIO

import pyotp
import segno
from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from api.access import passwords
from api.access.guard import address_of
from api.access.identities import asked_of
from api.access.slowing import Slowing
from api.access.who import Signed, Who
from api.problem import Problem
from api.resource import Resource
from api.routes.own_account import person_of
from api.routes.sign_in import Slow, let_in
from api.services import Given, Services
from cases.people import person
from store import access_second_factor as store
from store.access_sign_in import end_others, password_of

router = Resource("/me/second-factor", tags=["access"])


class State(BaseModel):
    on: bool
    asked: bool = Field(description="The setting second_factor asks for it: ended, it is owed anew")
    codes_left: int = Field(description="Recovery codes not used yet")


class Begin(BaseModel):
    model_config = ConfigDict(extra="forbid")

    password: SecretStr = Field(max_length=1000)


class Begun(BaseModel):
    """To be read into an app, which then makes the codes; shown this once."""

    secret: str = Field(description="To be typed, in base32")
    uri: str = Field(description="otpauth://")
    picture: str = Field(description="The same to be photographed: a QR code, SVG")


class Code(BaseModel):
    model_config = ConfigDict(extra="forbid")

    code: SecretStr = Field(
        min_length=6, max_length=60, description="Six digits of the app, or a recovery code"
    )


class Codes(BaseModel):
    """Each lets in once without the app; shown this once."""

    recovery_codes: list[str]


@router.get("")
def show_state(services: Given, who: Signed, response: Response) -> State:
    """Whether there is one."""
    response.headers["Cache-Control"] = "no-store"
    own = person_of(who)
    with services.pool.connection() as connection:
        found = store.factor(connection, own.id)
    on = found is not None and found.confirmed is not None
    asked = own.owes == "enrolment" or asked_of(services.second_factor, own.grants)
    return State(on=on, asked=asked, codes_left=found.codes_left if found and on else 0)


@router.post("", status_code=HTTPStatus.CREATED)
def begin(
    request: Request,
    response: Response,
    services: Given,
    who: Signed,
    slowing: Slow,
    given: Begin,
) -> Begun:
    """Make a new one; it counts once a code of it was shown. Asks for the password."""
    response.headers["Cache-Control"] = "no-store"
    own = person_of(who)
    counted = person(own.name), address_of(request), f"session {own.session}"
    slowing.check(*counted)
    with services.pool.connection() as connection:
        found = password_of(connection, own.id)
    if found is None or found[1] is None:
        raise Problem(
            HTTPStatus.CONFLICT, "Who signs in by a provider has the second factor there.",
            "no-password", "No second factor here",
        )  # fmt: skip
    if not passwords.fits(found[1], given.password.get_secret_value()):
        slowing.failed(*counted)
        raise Problem(
            HTTPStatus.FORBIDDEN, "The current password is wrong.",
            "wrong-password", "No second factor was made",
        )  # fmt: skip
    with services.pool.connection() as connection:
        secret = store.begin(connection, own.id, services.wall())
    if secret is None:
        raise Problem(
            HTTPStatus.CONFLICT, "There is one already: end it first, with a code of it.",
            "second-factor-there", "There is a second factor",
        )  # fmt: skip
    uri = pyotp.TOTP(secret, name=own.name, issuer=services.instance).provisioning_uri()
    return Begun(secret=secret, uri=uri, picture=_drawn(uri))


@router.post("/confirm", status_code=HTTPStatus.CREATED)
def confirm(
    request: Request,
    response: Response,
    services: Given,
    who: Signed,
    slowing: Slow,
    given: Code,
) -> Codes:
    """Show the first code: from now on it is asked for, and every other session ends."""
    own = person_of(who)
    with services.pool.connection() as connection:
        found = store.factor(connection, own.id)
        if found is None or found.confirmed is not None:
            raise Problem(
                HTTPStatus.CONFLICT, "None waits for its first code: begin one.",
                "second-factor-not-begun", "No second factor was begun",
            )  # fmt: skip
    _show(request, services, slowing, own, given, recovery=False)
    with services.pool.connection() as connection, connection.transaction():
        codes = store.new_codes(connection, own.id)
        end_others(connection, own.id, None, services.wall())
    _goes_on(request, response, services, own, "enrolled a second factor")
    return Codes(recovery_codes=codes)


@router.post("/show", status_code=HTTPStatus.NO_CONTENT)
def show(
    request: Request,
    response: Response,
    services: Given,
    who: Signed,
    slowing: Slow,
    given: Code,
) -> None:
    """Show a code, after which the roles count in this session."""
    own = person_of(who)
    if own.owes != "code":
        raise Problem(
            HTTPStatus.CONFLICT, "This session owes no code.", "no-code-owed", "No code is owed"
        )
    how = _show(request, services, slowing, own, given)
    _goes_on(request, response, services, own, f"showed {how}")


@router.post("/codes", status_code=HTTPStatus.CREATED)
def renew_codes(
    request: Request,
    response: Response,
    services: Given,
    who: Signed,
    slowing: Slow,
    given: Code,
) -> Codes:
    """New recovery codes in place of those there were; asks for a code of the app."""
    response.headers["Cache-Control"] = "no-store"
    own = person_of(who)
    _show(request, services, slowing, own, given, recovery=False)
    with services.pool.connection() as connection:
        codes = store.new_codes(connection, own.id)
    request.state.audit_why = "made new recovery codes"
    return Codes(recovery_codes=codes)


@router.post("/end", status_code=HTTPStatus.NO_CONTENT)
def end(request: Request, services: Given, who: Signed, slowing: Slow, given: Code) -> None:
    """Do without it from now on, or with a new one; asks for a code."""
    own = person_of(who)
    _show(request, services, slowing, own, given)
    with services.pool.connection() as connection:
        store.drop(connection, own.id)
    request.state.audit_why = "ended the own second factor"
    request.app.state.identities.forget()


def _show(
    request: Request,
    services: Services,
    slowing: Slowing,
    own: Who,
    given: Code,
    recovery: bool = True,
) -> str:
    """Take a code and return what it was; raise Problem 403 for a wrong one, 429 after many.

    Failures count for the account and the address, in whatever session: whoever has the password
    can open as many as they like.
    """
    counted = f"{person(own.name)}\0code", address_of(request)
    code, now = given.code.get_secret_value().strip(), services.wall()
    with slowing.turn:  # or many sent at once were all let through
        slowing.check(*counted)
        with services.pool.connection() as connection:
            if store.shown(connection, own.id, code.replace(" ", ""), now):
                how = "a code"
            elif recovery and store.recovered(connection, own.id, code, now):
                how = "a recovery code"
            else:
                how = ""
        if not how:
            slowing.failed(*counted)
    if not how:
        request.state.audit_why = "wrong code"
        raise Problem(
            HTTPStatus.FORBIDDEN, "The code is wrong, or was used already: wait for the next one.",
            "wrong-code", "The code does not let in",
        )  # fmt: skip
    slowing.fits(*counted)
    return how


def _goes_on(request: Request, response: Response, services: Services, own: Who, how: str) -> None:
    request.app.state.identities.forget()
    let_in(request, response, services, own.id, own.name, how=how, proven=True)


def _drawn(uri: str) -> str:
    out = BytesIO()
    segno.make(uri, error="m", micro=False).save(
        out, kind="svg", scale=5, border=4, xmldecl=False, dark="#000", light="#fff"
    )
    return out.getvalue().decode()
