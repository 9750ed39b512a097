"""Codes of components, grid cells and departments, checked a segment at a time; case numbers.

Sources: GB/T 30428.1 (grid cells), GB/T 30428.2 and CJ/T 214 (components), GB 32100-2015
(unified social credit code). The segments of the newer 18-digit component code are not
settled, so the split is an argument.
"""

from __future__ import annotations

from collections.abc import Iterable
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
#: The forms of a component's code where a code list says nothing else.
COMPONENT_CODES = ("6+2+2+6", "6+2+2+3+5")
_SEGMENTS = {
    4: ("county", "major class", "minor class", "serial"),
    5: ("county", "major class", "minor class", "subclass", "serial"),
}
GRID_CELL_14: Split = (("county", 6), ("street", 3), ("community", 3), ("serial", 2))
GRID_CELL_15: Split = (("county", 6), ("street", 3), ("community", 3), ("serial", 3))


class BadCode(ValueError):
    """A code is not well formed. ``args[0]`` names the segment at fault."""


class ComponentCode(NamedTuple):
    county: str
    problem_class: str  #: major and minor class
    serial: str


def split_of(form: str) -> Split:
    """Return the split that `form` writes, such as 6+2+2+3+5; raises BadCode."""
    widths = [
        int(width) if width.isdecimal() and width.isascii() else 0 for width in form.split("+")
    ]
    names = _SEGMENTS.get(len(widths), ())
    if not names or widths[0] != 6 or 0 in widths or sum(widths) not in (16, 18):
        raise BadCode(
            f"{form!r} is no form of a component's code: write the digits of county, major class, "
            "minor class, (subclass) and serial, 16 or 18 in all, as 6+2+2+6"
        )
    return tuple(zip(names, widths, strict=True))


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


def area_code(code: str) -> str:
    """Return the beginning that an area's grid cells have in common; raises BadCode.

    A community has 12 digits, a street 9, a county or district 6, a city 4, a municipality 2;
    GB/T 2260 fills the last two up with zeros to 6.
    """
    if code.isascii() and code.isdigit() and len(code) == 6 and code.endswith("00"):
        code = code[:2] if code.endswith("0000") else code[:4]
    split = {
        2: (("province", 2),),
        4: (("province", 2), ("city", 2)),
        6: (("county", 6),),
        9: (("county", 6), ("street", 3)),
        12: (("county", 6), ("street", 3), ("community", 3)),
    }.get(len(code))
    _segments("area code", code, split, "2, 4, 6, 9 or 12")
    return code


def extensions_out_of_order(codes: Iterable[str]) -> list[tuple[str, str]]:
    """Return the extensions that are not numbered as they must be, each with why.

    Two digits count down from 99 within their major class, without a gap; three are 080 to 999.
    """
    found = []
    by_class: dict[str, list[int]] = {}
    for code in sorted(set(codes)):
        major, minor = (code[:2], code[2:]) if len(code) > 2 else ("", code)
        if len(minor) == 2:
            by_class.setdefault(major, []).append(int(minor))
        elif not 80 <= int(minor) <= 999:
            found.append((code, f"{code}: {minor} is no number of an extension: 080 to 999 are"))
    for major, minors in by_class.items():
        expected = range(99, 99 - len(minors), -1)
        for number, right in zip(sorted(minors, reverse=True), expected, strict=True):
            if number != right:
                code = f"{major}{number:02}"
                why = f"extensions count down from 99, so {major}{right:02} comes before it"
                found.append((code, f"{code}: {why}"))
                break
    return found


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
        if start == 0 and segment[:2] not in PROVINCES:
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
