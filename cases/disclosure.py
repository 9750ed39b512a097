"""What statistics for everybody leave out, so that no few people behind a number are told of."""

from __future__ import annotations

from collections.abc import Mapping


def withheld(parts: Mapping[str, float], least: int) -> frozenset[str]:
    """Return which parts of a sum must not be printed beside it.

    Those of 1 to `least` - 1; and where the sum would tell them all the same, the next smallest
    with them, until two at least and `least` in all are left out. A nought tells of nobody.
    """
    told = sorted((count, key) for key, count in parts.items() if count)
    few = sum(1 for count, _ in told if count < least)
    if not few:
        return frozenset()
    while few < len(told) and (few < 2 or sum(count for count, _ in told[:few]) < least):
        few += 1
    return frozenset(key for _, key in told[:few])


def printable(
    districts: Mapping[str, float], streets: Mapping[str, float], least: int
) -> tuple[dict[str, float | None], dict[str, float | None]]:
    """Return both with None for what is withheld; a street's code begins with its district's.

    Of a district that is withheld all streets are, or their sum would be it.
    """
    hidden = withheld(districts, least)
    upper = {key: None if key in hidden else count for key, count in districts.items()}
    lower: dict[str, float | None] = {}
    for district in districts:
        own = {key: count for key, count in streets.items() if key[:6] == district}
        shut = own.keys() if district in hidden else withheld(own, least)
        lower |= {key: None if key in shut else count for key, count in own.items()}
    return upper, lower
