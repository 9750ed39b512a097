"""What lists of devices and of channels are searched by."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import Query


class State(StrEnum):
    """What stands against it now: `alarming` more than its health, `unwell` its health."""

    ALARMING = "alarming"
    UNWELL = "unwell"
    WELL = "well"


Search = Annotated[
    str,
    Query(
        max_length=200,
        description="Words that all must be found, each as a part of what it is called, where it "
        "stands, its component, kind, zone, quantity or gateway",
        examples=["flood 文一"],
    ),
]
