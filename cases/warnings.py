"""Warnings as CAP 1.2 messages: made from what a case says, updated and called off by reference.

Source: OASIS Common Alerting Protocol Version 1.2, sections 3.2 and 3.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cases.catalogue import Text
from cases.city import City
from cases.warning_content import Content, Said
from cases.warning_words import Kind, Response, Status, Urgency

#: CAP asks exercises to say in `note` what they are.
NOT_REAL = "演练或测试，并非真实预警 An exercise or a test: nothing of this is real"


class BadWarning(ValueError):
    """A warning that cannot be issued, updated or cancelled; the text says why."""


class Message(Said):
    """One CAP message, as it was or will be sent. `number` tells warnings apart."""

    number: int
    version: int
    """Of the warning, 1 for the alert; each message is one version."""
    sender: str
    sender_name: Text
    contact: str
    sent: datetime
    status: Status
    kind: Kind
    note: str = ""
    references: tuple[str, ...] = ()
    """sender,identifier,sent of each earlier message that this one stands for."""
    incident: str = ""
    """Number of the case."""
    content: Content
    zone: str

    @property
    def identifier(self) -> str:
        """What no other message of the sender is called."""
        return f"warning-{self.number:06d}-{self.version}"

    @property
    def reference(self) -> str:
        return f"{self.sender},{self.identifier},{time(self.sent, ZoneInfo(self.zone))}"


def time(at: datetime, zone: ZoneInfo) -> str:
    """Return a time as CAP writes it: to the second, UTC as -00:00 and never as Z (3.3.2)."""
    offset = zone.utcoffset(at.astimezone(zone)) or timedelta()
    # Local mean time of long ago has seconds, which the form has no room for.
    if offset.total_seconds() % 60 or not offset:
        return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "-00:00"
    return at.astimezone(zone).isoformat(timespec="seconds")


def alert(
    number: int, content: Content, at: datetime, status: Status, incident: str, city: City
) -> Message:
    """Return the first message of the warning `number`; raises BadWarning."""
    check(content, at)
    policy = city.policy.warnings
    return Message(
        number=number,
        version=1,
        sender=policy.sender,
        sender_name=policy.name,
        contact=policy.contact,
        sent=at,
        status=status,
        kind=Kind.ALERT,
        note="" if status is Status.ACTUAL else NOT_REAL,
        incident=incident,
        content=content,
        zone=str(city.zone),
    )


def standing(messages: Iterable[Message], at: datetime) -> list[Message]:
    """Return the messages of one warning that receivers may still show, oldest first."""
    return [m for m in messages if m.content.expires > at and m.kind is not Kind.CANCEL]


def follow(
    earlier: Sequence[Message], kind: Kind, content: Content, at: datetime, zone: ZoneInfo
) -> Message:
    """Return the message that takes the place of `earlier`, all of one warning, oldest first.

    It refers to every one of them that still stands, because a receiver may have missed
    those between. Raises BadWarning when there is nothing left to update or cancel.
    """
    last = earlier[-1]
    if last.kind is Kind.CANCEL:
        raise BadWarning(f"{last.identifier} has called the warning off; issue a new one")
    if last.content.expires <= at:
        ended = time(last.content.expires, zone)
        raise BadWarning(f"{last.identifier} expired at {ended}; issue a new one")
    if at < last.sent:
        raise BadWarning(f"{last.identifier} was sent later than {time(at, zone)}")
    if kind is Kind.CANCEL:
        content = content.model_copy(
            update={"responses": (Response.ALL_CLEAR,), "urgency": Urgency.PAST}
        )
    check(content, at)
    return last.model_copy(
        update={
            "version": last.version + 1,
            "sent": at,
            "kind": kind,
            "references": tuple(message.reference for message in standing(earlier, at)),
            "content": content,
            "zone": str(zone),
        }
    )


def check(content: Content, at: datetime) -> None:
    """Raise BadWarning where what is said cannot be warned of at `at`."""
    if content.expires <= at:
        raise BadWarning("it would have expired when it is sent: give a later `expires`")
    if not (content.area.polygons or content.area.circle or content.area.cells):
        raise BadWarning("it says nowhere: give grid cells, or a position with a radius")
