"""A report to start from, and a picture that it may name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from cases.city import load_city
from cases.reporting import Report

CITY = load_city()
AT = datetime(2024, 3, 1, 6, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NEW, OLD = "GB/T 30428.2-2013", "CJ/T 214-2007"
PHONE, NAME = "13812349876", "张三丰"
CALLER = {"name": NAME, "phone": PHONE}


def report(**changes: Any) -> Report:
    """Return a call about standing water, in the middle of the road."""
    said: dict[str, Any] = {
        "source": "hotline",
        "actor": "operator 3",
        "text": "water on the road",
        "code_list": NEW,
        "code": "0506",
        "condition": "standing-water",
        "lon": 120.1,
        "lat": 30.2,
    }
    return Report.model_validate(said | changes)
