"""A time limit as people write it into a table: 2小时, 4工作时, 1个工作日, 1 working day."""

from __future__ import annotations

import re
from typing import Final
from unicodedata import normalize

from cases.catalogue import Limit, TimeClass

#: What people write for a unit: its class, and how many of the class's hours or days it is.
UNITS: Final[dict[str, tuple[TimeClass, float]]] = {
    **dict.fromkeys(
        (
            *("紧急工作时", "紧急工作小时", "紧急时", "紧急小时", "小时", "时", "h", "hr", "hrs"),
            *("hour", "hours", "clock hour", "clock hours", "emergency hour", "emergency hours"),
        ),
        (TimeClass.EMERGENCY_HOURS, 1.0),
    ),
    **dict.fromkeys(
        ("分钟", "分", "min", "mins", "minute", "minutes"), (TimeClass.EMERGENCY_HOURS, 1 / 60)
    ),
    **dict.fromkeys(("自然日", "calendar day", "calendar days"), (TimeClass.EMERGENCY_HOURS, 24.0)),
    **dict.fromkeys(
        ("工作时", "工作小时", "working hour", "working hours", "work hours"),
        (TimeClass.WORKING_HOURS, 1.0),
    ),
    **dict.fromkeys(
        ("工作日", "working day", "working days", "business day", "business days"),
        (TimeClass.WORKING_DAYS, 1.0),
    ),
}
#: These may be either kind of day, and a limit that is wrong is worse than none.
AMBIGUOUS: Final = frozenset({"天", "日", "d", "day", "days"})
LONGEST: Final = 366.0  #: [days]; what is to last longer is a mistake
_NUMERALS: Final = {numeral: float(n) for n, numeral in enumerate("零一二三四五六七八九十")} | {
    "两": 2.0,
    "半": 0.5,
}
_WRITTEN: Final = re.compile(
    r"(?P<number>\d+(?:\.\d+)?|[零一二三四五六七八九十两半])?\s*个?\s*(?P<unit>.*?)\s*(?:以?内)?"
)
_BETWEEN: Final = re.compile(r"(?<=[a-z])-(?=[a-z])")  # working-hours; a minus stays
EXAMPLES: Final = "Write 2小时, 2紧急工作时, 4工作时 or 1个工作日"


class BadLimit(ValueError):
    """A limit cannot be read: what is wrong, how to mend it."""


def read_limit(text: str, unit: str = "") -> Limit:
    """Return the limit that is written; a bare number is in `unit`. Raises BadLimit."""
    plain = " ".join(_BETWEEN.sub(" ", normalize("NFKC", text).lower()).split())
    written = _WRITTEN.fullmatch(plain)
    if written is None or not written["number"]:
        raise BadLimit(f"{text!r} is no time limit", EXAMPLES)
    named = written["unit"] or " ".join(normalize("NFKC", unit).lower().split())
    if not named:
        raise BadLimit(f"{text!r} has no unit", EXAMPLES)
    if named in AMBIGUOUS:
        mend = "Write 工作日 (working days) or 自然日 (calendar days)"
        raise BadLimit(f"{text!r}: {named} may be either kind of day", mend)
    if named not in UNITS:
        raise BadLimit(f"{text!r}: {named!r} is no unit of time", EXAMPLES)
    time_class, factor = UNITS[named]
    digits = written["number"]
    amount = _NUMERALS.get(digits, 0.0) if digits in _NUMERALS else float(digits)
    amount *= factor
    if amount <= 0:
        raise BadLimit(f"{text!r} is not longer than nothing", EXAMPLES)
    if amount > LONGEST * (1 if time_class is TimeClass.WORKING_DAYS else 24):
        raise BadLimit(f"{text!r} is longer than a year", EXAMPLES)
    return Limit(amount=amount, time_class=time_class)
