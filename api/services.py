"""What the routes need of the rest of the system, handed in by the composition root."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Protocol

from fastapi import Depends, Request
from psycopg_pool import ConnectionPool

from api.access.identities import SecondFactor
from api.access.providers import Provider
from cases.city import City, load_city
from cases.exchange import Peer
from ingest.inbox import Outcome
from ingest.message import Message
from store.access import Grant


@dataclass(frozen=True, slots=True)
class Health:
    """What one part says of itself; `detail` is for the operator."""

    ready: bool
    detail: str


class Backtests(Protocol):
    """Whoever runs the backtests that wait in the store."""

    def look(self) -> None:
        """One was asked for, or is not wanted any more."""
        ...


class DrillRefused(Exception):
    """A drill cannot be begun or turned so. ``args[0]`` says why, for the drill leader."""


class UnknownDrill(LookupError):
    """There is no such drill. ``args[0]`` says which."""


class Drills(Protocol):
    """Whoever plays drills; raises DrillRefused and UnknownDrill."""

    def scenarios(self) -> dict[str, dict[str, Any]]:
        """Return what can be played, by name."""
        ...

    def begin(
        self, scenario: str, seed: int, who: str, lon: float | None, lat: float | None,
        grid_cell: str | None,
    ) -> int:  # fmt: skip
        """Set a drill going; return its number."""
        ...

    def fault(
        self, drill: int, who: str, what: str, where: str, lasts: timedelta, value: float | None
    ) -> None:
        """Put a fault in from now on."""
        ...

    def pause(self, drill: int, who: str) -> None: ...

    def resume(self, drill: int, who: str) -> None: ...

    def end(self, drill: int, who: str) -> None:
        """End a drill with its cases and devices."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """The API's view of the running system.

    `now` is event time [µs since 1970 UTC]: in a demo it runs fast. `submit` hands
    messages to the store worker; its future ends after the commit. `health` are the
    parts beside the database: broker session, backlog, ...
    """

    pool: ConnectionPool[Any]
    submit: Callable[[Sequence[Message]], Future[list[Outcome]]]
    now: Callable[[], int]
    health: Mapping[str, Callable[[], Health]] = field(default_factory=dict)
    intake_timeout: timedelta = timedelta(seconds=10)
    largest_body: int = 32 * 2**20  #: [bytes] after decompression
    time_zone: str = "Asia/Shanghai"  #: of the times that the page shows
    #: SHA-256 of the api_key of each application that may post service requests, by its name.
    open311_keys: Mapping[str, str] = field(default_factory=dict)
    #: How this instance is called by those with whom it exchanges cases, who they are, and the
    #: wall clock that signatures are held against.
    instance: str = "lifeline"
    peers: Mapping[str, Peer] = field(default_factory=dict)
    wall: Callable[[], datetime] = lambda: datetime.now(UTC)
    city: City = field(default_factory=load_city)  #: its catalogue covers what rules may open
    session_idle: timedelta = timedelta(hours=1)  #: a session not used for so long has ended
    session_lasts: timedelta = timedelta(hours=12)  #: it ends then, whatever is done meanwhile
    backtests: Backtests | None = None  #: none: this process runs none
    drills: Drills | None = None  #: likewise
    #: Of whom with a password here a second factor is asked: none, administrators, all.
    second_factor: SecondFactor = "none"
    guests: tuple[Grant, ...] = ()  #: what may be done without signing in
    #: Where browsers find us, without a slash at its end; "": wherever they ask.
    public_url: str = ""
    providers: Mapping[str, Provider] = field(default_factory=dict)  #: that sign people in
    link_lasts: timedelta = timedelta(days=3)  #: until a one-time link is used
    hosts: frozenset[str] | None = None  #: that we are called beside our address; None: as you like
    #: How often guest, person and key may ask, and refused say so: "600/minute"; not there: always.
    rates: Mapping[str, str] = field(default_factory=dict)

    @property
    def secure(self) -> bool:
        """Whether browsers come by https only."""
        return self.public_url.startswith("https://")

    def time(self) -> datetime:
        return datetime.fromtimestamp(self.now() / 1e6, UTC)


# Dependencies that only look something up are async: others go through a thread each.
async def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


Given = Annotated[Services, Depends(_services)]
