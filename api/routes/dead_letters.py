"""Dead letters: what we received and could not use, with the reason; mended and sent again."""

from __future__ import annotations

from base64 import b64decode, b64encode
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from api.access.who import Signed, Who
from api.fault_place import fault_at
from api.fields import Time
from api.paging import Cursor, Limit, Page, page, read_cursor
from api.problem import ON_ERROR, Problem
from api.resource import Resource
from api.routes.intake import Format
from api.services import Given, Services
from api.sorting import Sorting, described, listed, read_sorting
from store.dead_letters import By, Mended, discard, letters
from store.replay import Replay
from store.views import view

router = Resource("/dead-letters", tags=["dead letters"])

Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
DONE: dict[int | str, dict[str, Any]] = {
    409: ON_ERROR["default"] | {"description": "It does not wait any more; `detail` says why"}
}


class DeadLetter(BaseModel):
    """A message, or a record of one, that did not become a reading."""

    id: int
    received: Time
    source: str
    topic: str
    format: str
    device: str
    reason: str = Field(description="What is wrong and where, for the operator")
    alike: str = Field(description="The reason without what varies: the same for one fault")
    fault_at: int | None = Field(description="Offset of the byte where it failed, if known")
    record: Any = Field(description="The bad record, where the rest of the payload was good")
    payload: str | None = Field(description="As UTF-8; null where it is none")
    payload_base64: str
    replayed_at: Time | None
    discarded_at: Time | None
    outcome: str | None = Field(description="Of the replay")


class Line(BaseModel):
    """What somebody did with a letter; the letter itself stays as it came."""

    at: Time
    actor: str
    verb: Literal["replay", "discard"]
    reason: str
    payload: str | None = Field(description="As mended, as far as it is UTF-8")
    payload_base64: str | None = Field(description="As mended; null: as it came")
    format: str | None = Field(description="As mended")
    device: str | None = Field(description="As mended")
    outcome: str


class DeadLetterDetail(DeadLetter):
    log: list[Line]


class Reason(BaseModel):
    """Letters that wait for one reason."""

    alike: str
    reason: str = Field(description="Of the newest, in full")
    letters: int
    devices: int = Field(description="That are named")
    first_received: Time
    last_received: Time
    newest: int = Field(description="Id of the newest")


class Reasons(BaseModel):
    items: list[Reason] = Field(description="Most letters first, 200 at most")


class Doing(BaseModel):
    model_config = ConfigDict(extra="forbid")

    actor: str = Field("", max_length=200, description="Default: who is signed in")
    reason: str = Field("", max_length=2000, description="Why; stands in the log")


class Fix(Doing):
    """What the letter should have been; what is left out was right."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"payload": '{"device": "x", "depth": 0.3}'}]}
    )

    payload: str | None = Field(None, description="The corrected payload as text")
    payload_base64: str | None = Field(None, description="The same as bytes; one of both")
    format: Format | None = None
    device: str | None = Field(None, max_length=300, description="Where the payload names none")


class Replayed(BaseModel):
    id: int
    done: bool = Field(description="false: it is still unusable, and waits on")
    outcome: str


class OfReason(Doing):
    """All letters that wait for one reason; long work, so a part of them at a time."""

    alike: str = Field(max_length=400, description="As in the list of reasons")
    after: int = Field(0, ge=0, le=2**63 - 1, description="`next` of the part before")
    most: int = Field(100, ge=1, le=500, description="Letters in this part")


class ReplayedPart(BaseModel):
    replayed: int
    unusable: int = Field(description="Still; they wait on")
    outcome: str = Field(description="Of the last one that is still unusable, or of the last")
    next: int | None = Field(description="`after` of the next part; null when all were tried")


class Discarding(Doing):
    reason: str = Field(min_length=1, max_length=2000, description="Why nobody needs it")


class DiscardingAll(Discarding):
    alike: str = Field(max_length=400)


class Discarded(BaseModel):
    discarded: int = Field(description="Letters put aside; they are kept, and can be replayed")


#: What the list may be sorted by beside its own order.
SORTED_BY = ("received", "device", "format", "source", "topic")


def dead_letters(
    services: Services, limit: int, sorting: Sorting | None = None, **chosen: Any
) -> list[dict[str, Any]]:
    every = dict.fromkeys(("id", "before", "device", "alike", "open"))
    rows = listed(services, "dead_letters_page", limit, sorting, every | chosen)
    for row in rows:
        row["fault_at"] = fault_at(row["reason"], bytes(row["payload"]))
        _write_payload(row)
    return rows


def _write_payload(row: dict[str, Any]) -> None:
    raw = None if row["payload"] is None else bytes(row["payload"])
    row["payload_base64"] = None if raw is None else b64encode(raw).decode()
    try:
        row["payload"] = None if raw is None else raw.decode()
    except UnicodeDecodeError:
        row["payload"] = None


def _by(who: Who, body: Doing) -> By:
    return By(who.actor(body.actor), body.reason)


def _mended(fix: Fix, largest: int) -> Mended:
    if fix.payload is not None and fix.payload_base64 is not None:
        raise _unfit("Give the payload once: as text, or in base64.")
    payload = None if fix.payload is None else fix.payload.encode()
    if fix.payload_base64 is not None:
        try:
            payload = b64decode(fix.payload_base64, validate=True)
        except ValueError as why:
            raise _unfit(f"payload_base64 is not base64: {why}.") from why
    if payload is not None and len(payload) > largest:
        raise _unfit(f"A payload may have {largest} bytes.")
    return Mended(payload, None if fix.format is None else str(fix.format), fix.device)


def _unfit(detail: str) -> Problem:
    return Problem(
        HTTPStatus(422),
        detail,
        kind="invalid-request",
        title="The request does not fit its description",
    )


@router.get("")
def list_dead_letters(
    services: Given,
    limit: Limit = 100,
    cursor: Cursor = None,
    device: str | None = None,
    alike: Annotated[str | None, Query(description="Of one reason")] = None,
    open: Annotated[
        bool | None, Query(description="true: they wait; false: replayed, or discarded")
    ] = None,
    sort: Annotated[str | None, described(*SORTED_BY)] = None,
) -> Page[DeadLetter]:
    """Dead letters, newest first."""
    sorting = read_sorting(sort, cursor, SORTED_BY, "id")
    (before,) = read_cursor(None if sorting else cursor, int)
    rows = dead_letters(
        services, limit + 1, sorting, before=before, device=device, alike=alike, open=open
    )
    key = sorting.key if sorting else lambda row: [row["id"]]
    return Page[DeadLetter].model_validate(page(rows, limit, key))


@router.get("/reasons")
def list_reasons(services: Given) -> Reasons:
    """What is wrong with the letters that wait, by reason."""
    return Reasons.model_validate({"items": view(services.pool, "dead_letter_reasons")})


@router.post("/replay")
def replay_alike(services: Given, who: Signed, asked: OfReason) -> ReplayedPart:
    """Send the letters of one reason through again, as after a contract was mended."""
    by, replayed, outcome = _by(who, asked), 0, ""
    with services.pool.connection() as connection:
        found = []
        for letter in letters(connection, page=asked.most, alike=asked.alike, after=asked.after):
            found.append(letter)
            if len(found) == asked.most:
                break
        replay = Replay(connection)
        for letter in found:
            good, said = replay.replay(letter, services.now(), by)
            # Each letter is safe by itself: who cancels keeps what was done.
            connection.commit()
            replayed += good
            if not good or replayed == len(found):
                outcome = said
    return ReplayedPart(
        replayed=replayed,
        unusable=len(found) - replayed,
        outcome=outcome,
        next=found[-1].id if len(found) == asked.most else None,
    )


@router.post("/discard")
def discard_alike(services: Given, who: Signed, asked: DiscardingAll) -> Discarded:
    """Put aside all letters that wait for one reason."""
    with services.pool.connection() as connection:
        gone = discard(connection, services.time(), _by(who, asked), alike=asked.alike)
    return Discarded(discarded=len(gone))


@router.get("/{letter}")
def show_dead_letter(services: Given, letter: Number) -> DeadLetterDetail:
    """One dead letter, with what people did with it."""
    found = dead_letters(services, 1, id=letter)
    if not found:
        raise _missing(letter)
    log = view(services.pool, "dead_letter_lines", letter=letter)
    for line in log:
        _write_payload(line)
    return DeadLetterDetail.model_validate(found[0] | {"log": log})


@router.post("/{letter}/replay")
def replay_letter(services: Given, who: Signed, letter: Number, fix: Fix) -> Replayed:
    """Send a letter through again, as it was or corrected; answered after the commit.

    Twice is harmless: readings are stored once. The letter stays as it came.
    """
    by, mended = _by(who, fix), _mended(fix, services.largest_body)
    with services.pool.connection() as connection:
        found = next(letters(connection, [letter]), None)
        if found is None:
            raise _missing(letter)
        done, outcome = Replay(connection).replay(found, services.now(), by, mended)
    return Replayed(id=letter, done=done, outcome=outcome)


@router.post("/{letter}/discard", responses=DONE)
def discard_letter(services: Given, who: Signed, letter: Number, asked: Discarding) -> Discarded:
    """Put a letter aside that nobody needs; it is kept, and replaying it takes that back."""
    with services.pool.connection() as connection:
        gone = discard(connection, services.time(), _by(who, asked), [letter])
    if not gone:
        found = dead_letters(services, 1, id=letter)
        if not found:
            raise _missing(letter)
        if found[0]["replayed_at"] is not None:
            raise Problem(
                HTTPStatus.CONFLICT,
                f"Letter {letter} was replayed already: {found[0]['outcome']}.",
                kind="not-waiting",
                title="The letter does not wait any more",
            )
    return Discarded(discarded=len(gone))


def _missing(letter: int) -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, f"There is no dead letter {letter}.")
