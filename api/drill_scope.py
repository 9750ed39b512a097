"""Which world a list is of: the live one, or that of one drill; never both."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

Drill = Annotated[
    int | None,
    Query(ge=1, lt=2**31, description="What is of this drill, instead of what is live"),
]
