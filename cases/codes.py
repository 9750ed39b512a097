"""Codes of components, grid cells and departments, checked a segment at a time; case numbers.

Sources: GB/T 30428.1 (grid cells), GB/T 30428.2 and CJ/T 214 (components), GB 32100-2015
(unified social credit code). The segments of the newer 18-digit component code are not
settled, so the split is an argument.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

#: First two digits of a GB/T 2260 county code.
_PROVINCES = ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 82))
PROVINCES = frozenset(str(n) for first, last in _PROVINCES for n in range(first, last + 1))

Split = tuple[tuple[str, int], ...]
COMPONENT_16: Split = (("county", 6), ("major class", 2), ("minor class", 2), ("serial", 6))
COMPONENT_16_DRAFT: Split = (("county", 6), ("major class", 2), ("minor class", 3), ("serial", 5))
COMPONENT_18: Split = (
    ("county", 6),
    ("major class", 2),
    ("minor class", 2),
    ("subclass", 3),
    ("serial", 5),
)
COMPONENT_18_BY_TABLE: Split = (*COMPONENT_18[:3], ("subclass", 2), ("serial", 6))
GRID_CELL_14: Split = (("county", 6), ("street", 3), ("community", 3), ("serial", 2))
GRID_CELL_15: Split = (("county", 6), ("street", 3), ("community", 3), ("serial", 3))


class BadCode(ValueError):
    """A code is not well formed. ``args[0]`` names the segment at fault."""


class ComponentCode(NamedTuple):
    county: str
    problem_class: str  #: major and minor class
    serial: str


def component_code(code: str, split: Split | None = None) -> ComponentCode:
    """Take apart the code of a component; raises BadCode."""
    by_length = {16: COMPONENT_16, 18: COMPONENT_18}
    segments = _segments("component code", code, split or by_length.get(len(code)), "16 or 18")
    major, minor = segments["major class"], segments["minor class"]
    return ComponentCode(segments["county"], major + minor, segments["serial"])


def grid_cell_code(code: str) -> dict[str, str]:
    """Take apart the code of a grid cell; raises BadCode."""
    split = {14: GRID_CELL_14, 15: GRID_CELL_15}.get(len(code))
    return _segments("grid cell code", code, split, "14 or 15")


def _segments(what: str, code: str, split: Split | None, lengths: str) -> dict[str, str]:
    if split is None or len(code) != sum(width for _, width in split):
        raise BadCode(f"{what} {code!r} has {len(code)} characters; it needs {lengths} digits")
    segments: dict[str, str] = {}
    start = 0
    for name, width in split:
        segment = code[start : start + width]
        place = f"{what} {code!r}: {name} {segment!r} (digits {start + 1} to {start + width})"
        if not (segment.isascii() and segment.isdigit()):
            raise BadCode(f"{place} is not all digits")
        if name == "county" and segment[:2] not in PROVINCES:
            raise BadCode(f"{place} begins with no province of GB/T 2260")
        if set(segment) == {"0"}:
            raise BadCode(f"{place} is all zeros")
        segments[name] = segment
        start += width
    return segments


_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def check_department_code(code: str) -> str:
    """Return `code`, a unified social credit code; raises BadCode."""
    if len(code) != 18:
        raise BadCode(f"department code {code!r} has {len(code)} characters; it needs 18")
    if strange := sorted(set(code) - set(_CREDIT_ALPHABET)):
        raise BadCode(f"department code {code!r} holds {', '.join(strange)}, which none may")
    weighted = sum(_CREDIT_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(code[:17]))
    expected = _CREDIT_ALPHABET[-weighted % 31]
    if code[17] != expected:
        raise BadCode(f"department code {code!r}: check character {code[17]!r}, not {expected!r}")
    return code


def case_number(opened: datetime, serial: int, zone: ZoneInfo) -> str:
    """Return the number people use: the local day of opening and a serial, never repeated."""
    return f"{opened.astimezone(zone):%Y%m%d}-{serial:06d}"
