"""Signing in and out: by password, by one-time link, by a provider."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Path, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from api.access import cookies, passwords
from api.access.guard import address_of
from api.access.providers import NotLetIn, Provider
from api.access.slowing import Slowing
from api.access.who import Signed
from api.problem import ON_ERROR, Problem
from api.resource import Resource
from api.services import Given, Services
from cases.people import person
from store import access_sign_in as store
from store.access import BadAccess

router = Resource(tags=["access"])

#: What a link or provider gives back instead of an answer that a person cannot read.
PROBLEM_PAGE = "/#/sign-in?"


def of_this_site(request: Request) -> None:
    """Refuse what another site has a browser send: it would sign the person in as somebody else."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "Another site has sent this: open the console, and sign in there.",
            "another-site",
            "Another site has sent this",
        )


class Credentials(BaseModel):
    """Whom a person says they are."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200, examples=["Li Wei"])
    password: SecretStr = Field(max_length=1000, examples=["three odd words, or a sentence"])


class NewPassword(BaseModel):
    """Who uses a one-time link up; the first administrator chooses a name too."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field("", max_length=200, description="Of the first administrator; else left out")
    password: SecretStr = Field(
        max_length=1000, description="12 to 128 characters, not among those tried first"
    )


class Named(BaseModel):
    name: str


class Offered(BaseModel):
    """Somebody else who signs people in."""

    name: str = Field(description="Open /api/v1/sign-in/NAME in the browser")
    title: str


def slowing_of(request: Request) -> Slowing:
    slowing: Slowing = request.app.state.slowing
    return slowing


Slow = Annotated[Slowing, Depends(slowing_of)]


@router.post("/sign-in", dependencies=[Depends(of_this_site)])
def sign_in(
    request: Request, response: Response, services: Given, slowing: Slow, given: Credentials
) -> Named:
    """Sign in with name and password; sets the session's cookie. Then ask /me."""
    now, typed, address = services.wall(), given.password.get_secret_value(), address_of(request)
    browser = cookies.get(request.cookies, cookies.BROWSER, services.secure)
    with services.pool.connection() as connection:
        account = store.account_of(connection, given.name, browser, now)
    known = browser if account and account.known else ""
    counted = person(given.name), address, known
    slowing.check(*counted)
    if not passwords.fits(account and account.password, typed) or not account or account.disabled:
        slowing.failed(*counted)
        # What was typed as a name may have been a password: only one that is a name is kept.
        request.state.audit_why = (
            f"wrong password for {account.name}" if account else "no such name"
        )
        raise Problem(
            HTTPStatus.UNAUTHORIZED,
            "Name or password is wrong, or the account is not in use.",
            "wrong-password",
            "Not signed in",
        )
    slowing.fits(*counted)
    if account.password is not None and passwords.is_dated(account.password):
        with services.pool.connection() as connection:
            store.rehash(connection, account.id, account.password, passwords.again(typed))
    let_in(request, response, services, account.id, account.name)
    return Named(name=account.name)


@router.post("/sign-out", status_code=HTTPStatus.NO_CONTENT)
def sign_out(request: Request, response: Response, services: Given, who: Signed) -> None:
    """End the session of this browser; harmless where there is none."""
    token = cookies.get(request.cookies, cookies.SESSION, services.secure)
    if who.kind == "person" and token:
        with services.pool.connection() as connection:
            store.leave(connection, token, services.wall())
        request.app.state.identities.forget()
    cookies.drop(response, cookies.SESSION, services.secure)
    response.headers["Clear-Site-Data"] = '"cache"'


@router.post("/invitations/{token}", dependencies=[Depends(of_this_site)])
def accept_invitation(
    request: Request,
    response: Response,
    services: Given,
    slowing: Slow,
    token: Annotated[str, Path(max_length=200)],
    given: NewPassword,
) -> Named:
    """Use a one-time link up: set a password, and be signed in. Sessions of before are ended."""
    address, now = address_of(request), services.wall()
    slowing.check_link(address)
    try:
        with services.pool.connection() as connection:
            _, name = store.invited(connection, token, now)
            hashed = passwords.hash_of(
                given.password.get_secret_value(), name or given.name, services.instance
            )
            account, name = store.accept(connection, token, now, given.name, hashed)
    except passwords.BadPassword as why:
        raise Problem(
            HTTPStatus(422), f"{_sentence(why)}", "bad-password", "This password will not do"
        ) from why
    except BadAccess as why:
        slowing.bad_link(address)
        raise Problem(
            HTTPStatus.FORBIDDEN, _sentence(why), "bad-link", "The link does not let in"
        ) from why
    request.app.state.identities.forget()
    let_in(request, response, services, account, name, how="used a one-time link")
    return Named(name=name)


@router.get("/sign-in/providers")
def list_providers(services: Given) -> list[Offered]:
    """Who else signs people in."""
    return [Offered(name=one.name, title=one.title) for one in services.providers.values()]


@router.get(
    "/sign-in/{provider}",
    status_code=HTTPStatus.SEE_OTHER,
    response_class=RedirectResponse,
    responses={404: ON_ERROR["default"]},
)
def go_to_provider(request: Request, services: Given, provider: str) -> RedirectResponse:
    """Send the browser to a provider, to sign in there."""
    asked = _provider(services, provider)
    try:
        there, visit = asked.leave_for(_callback(request, services, asked))
    except NotLetIn as why:
        return _problem(request, why)
    with services.pool.connection() as connection:
        token = store.visit(connection, visit)
    answer = RedirectResponse(there, HTTPStatus.SEE_OTHER)
    cookies.put(answer, cookies.VISIT, token, store.VISIT_LASTS, services.secure)
    return answer


@router.get(
    "/sign-in/{provider}/callback",
    status_code=HTTPStatus.SEE_OTHER,
    response_class=RedirectResponse,
    responses={404: ON_ERROR["default"]},
)
def come_back(request: Request, services: Given, provider: str) -> RedirectResponse:
    """Let in whom a provider has signed in, and open the console."""
    asked, now = _provider(services, provider), services.wall()
    token = cookies.get(request.cookies, cookies.VISIT, services.secure)
    try:
        with services.pool.connection() as connection:
            visit = store.back(connection, token, now)
        if visit is None or visit.provider != provider:
            raise NotLetIn("no visit to it began in this browser, or it took too long")
        claims = asked.returned(visit, request.query_params, _callback(request, services, asked))
        with services.pool.connection() as connection:
            account, name = store.let_in(
                connection,
                provider,
                claims["sub"],
                asked.name_of(claims),
                asked.grants_of(claims),
                now,
            )
    except (NotLetIn, BadAccess) as why:
        return _problem(request, why)
    answer = RedirectResponse("/", HTTPStatus.SEE_OTHER)
    request.app.state.identities.forget()
    let_in(request, answer, services, account, name, provider)
    cookies.drop(answer, cookies.VISIT, services.secure)
    return answer


def let_in(
    request: Request,
    response: Response,
    services: Services,
    account: int,
    name: str,
    provider: str | None = None,
    how: str = "signed in",
    proven: bool = False,
) -> None:
    """Open a session under a token that nobody had before, and give the browser its cookies."""
    secure = services.secure
    with services.pool.connection() as connection:
        opened = store.enter(
            connection,
            account,
            services.wall(),
            services.session_lasts,
            cookies.get(request.cookies, cookies.SESSION, secure) or None,
            cookies.get(request.cookies, cookies.BROWSER, secure),
            address_of(request),
            request.headers.get("user-agent", ""),
            provider,
            proven,
        )
    cookies.put(response, cookies.SESSION, opened.session, services.session_lasts, secure)
    cookies.put(response, cookies.BROWSER, opened.browser, timedelta(days=180), secure)
    response.headers["Cache-Control"] = "no-store"
    request.state.audit_why = f"{name} {how}" + (f" with {provider}" if provider else "")


def _provider(services: Services, name: str) -> Provider:
    if name not in services.providers:
        raise Problem(HTTPStatus.NOT_FOUND, f"No provider is called {name}.")
    return services.providers[name]


def _callback(request: Request, services: Services, provider: Provider) -> str:
    base = services.public_url or str(request.base_url).rstrip("/")
    return f"{base}/api/v1/sign-in/{provider.name}/callback"


def _problem(request: Request, why: Exception) -> RedirectResponse:
    """Send the browser to the sign-in page, which says that it failed; why is in the trail."""
    request.state.audit_why = f"not let in: {why}"[:500]
    page = PROBLEM_PAGE + urlencode({"problem": "provider"})
    return RedirectResponse(page, HTTPStatus.SEE_OTHER)


def _sentence(why: Exception) -> str:
    said = str(why)
    return f"{said[:1].upper()}{said[1:]}."
