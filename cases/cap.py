"""A warning written down: CAP 1.2 in XML, and the Atom feed (RFC 4287) that lists them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

from cases.catalogue import Text
from cases.markup import add, written
from cases.warning_content import Area
from cases.warning_words import LANGUAGES, SEVERITY, Status
from cases.warnings import Message, time

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
ATOM = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/cap+xml"


def document(message: Message) -> bytes:
    """Return the message as a CAP document; the order of elements is the schema's."""
    alert = Element("alert", xmlns=CAP)
    add(alert, "identifier", message.identifier)
    add(alert, "sender", message.sender)
    add(alert, "sent", time(message.sent, ZoneInfo(message.zone)))
    add(alert, "status", message.status)
    add(alert, "msgType", message.kind)
    add(alert, "scope", "Public")
    if message.note:
        add(alert, "note", message.note)
    if message.references:
        add(alert, "references", " ".join(message.references))
    if message.incident:
        add(alert, "incidents", message.incident)
    for tag, language in LANGUAGES:
        _info(alert, message, tag, language)
    return written(alert)


def _info(alert: Element, message: Message, tag: str, language: str) -> None:
    content, zone = message.content, ZoneInfo(message.zone)

    def said(text: Text) -> str:
        return text.zh if language == "zh" else text.en

    info = add(alert, "info")
    add(info, "language", tag)
    add(info, "category", content.category)
    add(info, "event", said(content.event))
    for response in content.responses:
        add(info, "responseType", response)
    add(info, "urgency", content.urgency)
    add(info, "severity", SEVERITY[content.colour])
    add(info, "certainty", content.certainty)
    _named(info, "eventCode", content.code_list, content.code)
    add(info, "effective", time(message.sent, zone))
    if content.onset:
        add(info, "onset", time(content.onset, zone))
    add(info, "expires", time(content.expires, zone))
    add(info, "senderName", said(message.sender_name))
    add(info, "headline", said(content.headline))
    add(info, "description", said(content.description))
    if content.instruction:
        add(info, "instruction", said(content.instruction))
    if message.contact:
        add(info, "contact", message.contact)
    _named(info, "parameter", "colour", content.colour)
    _area(info, content.area, said(content.area.name))


def _area(info: Element, area: Area, name: str) -> None:
    element = add(info, "area")
    add(element, "areaDesc", name)
    for polygon in area.polygons:
        add(element, "polygon", " ".join(f"{lat:.6f},{lon:.6f}" for lon, lat in polygon))
    if area.circle:
        lon, lat, radius = area.circle
        add(element, "circle", f"{lat:.6f},{lon:.6f} {radius:.3f}")
    for cell in area.cells:
        _named(element, "geocode", "GB/T 30428.1", cell)


def _named(parent: Element, element: str, name: str, value: str) -> None:
    pair = add(parent, element)
    add(pair, "valueName", name)
    add(pair, "value", value)


def feed(messages: Sequence[Message], url: str, status: Status, now: datetime) -> bytes:
    """Return the feed of `messages`, newest first; `url` is where `/cap` is served."""
    root = Element("feed", {"xmlns": ATOM, "xml:lang": "zh-CN"})
    this = f"{url}/feed.atom" + ("" if status is Status.ACTUAL else f"?status={status}")
    add(root, "id", f"urn:lifeline:warnings:{status.lower()}")
    add(root, "title", f"城市生命线预警 Lifeline warnings ({status})")
    add(root, "updated", _instant(messages[0].sent if messages else now))
    root.append(Element("link", rel="self", type="application/atom+xml", href=this))
    for message in messages:
        content = message.content
        entry = add(root, "entry")
        add(entry, "id", f"urn:lifeline:warning:{message.identifier}")
        add(entry, "title", content.headline.zh)
        add(entry, "updated", _instant(message.sent))
        add(entry, "published", _instant(message.sent))
        add(add(entry, "author"), "name", message.sender_name.zh)
        for term in (message.kind, SEVERITY[content.colour]):
            entry.append(Element("category", term=term))
        href = f"{url}/{message.identifier}.xml"
        entry.append(Element("link", rel="alternate", type=MEDIA_TYPE, href=href))
        add(entry, "summary", content.description.zh)
    return written(root)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
