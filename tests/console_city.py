"""The console of a watched city, and the people who work with it, each with a page of their own."""

from __future__ import annotations

from typing import Any

import httpx
from browser import Visits
from signed_in import as_person, cookie, session

from store.access import Grant

DRAINAGE, GAS = "12000000000000035B", "910000000000000431"
POSTS = {
    "Wang": Grant("intake"),
    "Zhao": Grant("inspector"),
    "Chen": Grant("shift-lead"),
    "Liu": Grant("dispatcher"),
    "Sun": Grant("department", DRAINAGE),
}


class City:
    """The console of a watched city, and the people who work with it."""

    def __init__(self, at: str, database: str, visits: Visits) -> None:
        self.at, self.database, self.visits = at, database, visits
        self.tokens: dict[str, str] = {}
        self.pages: dict[str, Any] = {}

    def token(self, name: str, *grants: Grant) -> str:
        if name not in self.tokens:
            self.tokens[name] = session(self.database, name, *(grants or [POSTS[name]]))
        return self.tokens[name]

    def page(
        self, name: str, address: str = "#/cases", grants: tuple[Grant, ...] = (), **more: Any
    ) -> Any:
        """A page of somebody who is signed in; the same one again, at another address."""
        if name not in self.pages:
            page = self.visits.page(self.at, **more)
            page.context.add_cookies([cookie(self.at, self.token(name, *grants))])
            self.pages[name] = page
        page = self.pages[name]
        if page.url == f"{self.at}/{address}":
            page.reload()
        else:
            page.goto(f"{self.at}/{address}")
        return page

    def case(self, name: str, number: str) -> Any:
        page = self.page(name, f"#/cases/{number}")
        # Of this case: the page of the one before may still be there.
        page.locator(f".case-head .what:has-text('{number}') h1").wait_for()
        page.locator(".actions").wait_for()
        return page

    def get(self, path: str, name: str = "Chen") -> Any:
        answer = httpx.get(f"{self.at}/api/v1/{path}", headers=as_person(self.token(name)))
        answer.raise_for_status()
        return answer.json()

    def step(self, name: str, number: str, verb: str, **more: Any) -> httpx.Response:
        version = self.get(f"cases/{number}")["case"]["version"]
        body = {"verb": verb, "role": POSTS[name].role, "version": version, **more}
        return httpx.post(
            f"{self.at}/api/v1/cases/{number}/steps",
            json=body,
            headers=as_person(self.token(name)),
        )

    def flood(self) -> Any:
        return self.get("cases?code=0506&open=true")["items"][0]
