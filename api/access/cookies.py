"""The cookies of a browser: its session, that it is known, and its way to a provider and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from fastapi import Response

SESSION, BROWSER, VISIT = "lifeline", "lifeline-browser", "lifeline-visit"


def name_of(cookie: str, secure: bool) -> str:
    """Return a cookie's name; the prefix has browsers see to it that only this host can set it."""
    return f"__Host-{cookie}" if secure else cookie


def put(response: Response, cookie: str, value: str, lasts: timedelta, secure: bool) -> None:
    """Hand a browser a cookie that no script reads and no other site's form carries along."""
    response.set_cookie(
        name_of(cookie, secure),
        value,
        max_age=int(lasts.total_seconds()),
        path="/",
        secure=secure,
        httponly=True,
        # Lax, because strict ones do not come along when a provider sends the browser back here,
        # nor when a link in a mail opens a case. Changes ask for X-CSRF-Token besides.
        samesite="lax",
    )


def drop(response: Response, cookie: str, secure: bool) -> None:
    response.delete_cookie(
        name_of(cookie, secure), path="/", secure=secure, httponly=True, samesite="lax"
    )


def get(cookies: Mapping[str, str], cookie: str, secure: bool) -> str:
    return cookies.get(name_of(cookie, secure), "")
