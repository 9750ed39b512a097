"""What a topic says: how its payloads are written, and which device sends them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ingest.exercise import drill_of_topic, within
from ingest.formats import FORMATS

#: Topics remembered before the memory is emptied: bounds what a hostile publisher can make us hold.
REMEMBERED = 200_000


class Topic(BaseModel):
    """One topic filter of a source and how to read what comes by it; the first match counts."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    filter: str = Field(examples=["city/{device}/telemetry"])
    """An MQTT filter in which `{device}`, as a whole level, stands for the sender's name."""
    format: str = "auto"
    """A name in `ingest.formats.FORMATS`, or "auto": recognise each payload."""

    @field_validator("filter")
    @classmethod
    def _is_a_filter(cls, text: str) -> str:
        levels = text.split("/")
        if not text or "\0" in text:
            raise ValueError("a filter needs at least one level and no NUL")
        if levels.count("{device}") > 1:
            raise ValueError(f"{text}: {{device}} may stand for one level only")
        for place, level in enumerate(levels):
            if level in ("+", "{device}") or (level == "#" and place == len(levels) - 1):
                continue
            if any(sign in level for sign in "+#{}"):
                raise ValueError(f"{text}: {level!r} must be a whole level, and # the last one")
        return text

    @field_validator("format")
    @classmethod
    def _is_a_format(cls, name: str) -> str:
        if name != "auto" and name not in FORMATS:
            raise ValueError(f"there is no format {name!r}; known are auto, {', '.join(FORMATS)}")
        return name

    @property
    def subscription(self) -> str:
        """The filter as the broker takes it."""
        return self.filter.replace("{device}", "+")

    def pattern(self) -> str:
        """Return the regular expression that a whole topic of this filter matches."""
        levels = self.filter.split("/")
        below = levels[-1] == "#"
        signs = {"+": "[^/]*", "{device}": "(?P<device>[^/]*)"}
        text = "/".join(
            signs.get(level) or re.escape(level) for level in levels[: -1 if below else None]
        )
        if below:  # "a/#" also matches "a" itself: MQTT 5.0 sec. 4.7.1.2
            text += "(?:/.*)?" if len(levels) > 1 else ".*"
        return text


class Topics:
    """Resolves topics to (format, device), with one dict lookup for a topic seen before."""

    def __init__(self, topics: Sequence[Topic]) -> None:
        self._patterns = [
            (re.compile(topic.pattern(), re.DOTALL), topic.format) for topic in topics
        ]
        self._known: dict[str, tuple[str, str]] = {}

    def resolve(self, topic: str) -> tuple[str, str]:
        """Return the format and the device of `topic`; ("auto", "") where no filter matches.

        No match is possible: a persistent session keeps filters that were since removed
        from the settings. Such a message is still read as well as it can be.
        """
        known = self._known.get(topic)
        if known is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            known = self._known[topic] = self._match(topic)
        return known

    def _match(self, topic: str) -> tuple[str, str]:
        for pattern, format_name in self._patterns:
            if match := pattern.fullmatch(topic):
                device, drill = match.groupdict().get("device") or "", drill_of_topic(topic)
                return format_name, within(drill, device) if drill and device else device
        return "auto", ""
