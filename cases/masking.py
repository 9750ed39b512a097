"""What everybody may read of a text: without numbers and names of people, with those of things."""

from __future__ import annotations

import re
from datetime import date

MASK = "***"
#: Mobile and fixed telephone numbers of the country, with the separators that people write.
_PHONE = re.compile(
    r"(?<![\d.])(?:\+?86[- ]?)?(?:1[3-9]\d(?:[- ]?\d{4}){2}|0\d{2,3}[- ]?\d{7,8})(?!\d)"
)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_RESIDENT = re.compile(r"(?<![0-9A-Z])\d{17}[\dXx](?![0-9A-Z])")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def without_people(text: str, name: str = "", phone: str = "") -> str:
    """Return `text` without somebody's name and number, and without what looks like anybody's.

    That is a telephone number, an electronic address, or the number of a resident's identity
    card (GB 11643: a date and a check digit); numbers of components and cells stay.
    """
    text = _RESIDENT.sub(lambda m: MASK if _is_resident(m[0]) else m[0], text)
    text = _MAIL.sub(MASK, _PHONE.sub(MASK, text))
    if digits := re.sub(r"\D", "", phone):
        text = re.sub(r"(?<!\d)" + r"[- ]?".join(digits) + r"(?!\d)", MASK, text)
    # A name of one character is in every second word.
    return text.replace(name.strip(), MASK) if len(name.strip()) > 1 else text


def _is_resident(number: str) -> bool:
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=False))
    return "10X98765432"[total % 11] == number[17].upper()
