"""Areas and grid cells from GeoJSON: checked, kept for good, found by a point."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from cases.areas import AreaCode, above, read_area_code
from cases.codes import BadCode
from cases.placing import Cell, cell_of
from cases.polygons import BadPolygon, Box, check, crosses_itself, inside, middle
from ingest.asset_cells import Unreadable
from ingest.asset_rows import Problem
from store.database import Connection
from store.plain_text import plain
from store.statements import statements
from store.stepping import Step, unwatched

AT_A_TIME = 5_000  #: features written by one statement
#: What people call the properties of a feature.
CODE = ("code", "编码", "代码", "标识码", "网格编码", "bgcode")
NAME = ("name", "name_zh", "名称", "网格名称", "bgname")
NAME_EN = ("name_en", "英文名称")
UNTIL = ("valid_until", "失效日期", "失效时间")
NOWHERE = Box(*[None] * 4)  # type: ignore[arg-type]


@dataclass(slots=True)
class AreaReport:
    """What an import of areas did, or would do; features with a problem were left out."""

    rows: int = 0
    added: int = 0
    changed: int = 0
    faulty: int = 0
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)  #: of features that were taken in

    @property
    def unchanged(self) -> int:
        return self.rows - self.added - self.changed - self.faulty


class Area(NamedTuple):
    """An area, or a cell of level 0, as it is kept."""

    code: str
    level: int
    name_zh: str
    name_en: str
    polygon: Any
    valid_until: datetime | None


def import_areas(
    connection: Connection,
    document: bytes,
    at: datetime,
    zone: ZoneInfo,
    dry_run: bool = False,
    step: Step = unwatched,
) -> AreaReport:
    """Add or change the areas and grid cells of a GeoJSON FeatureCollection, by their codes.

    What a code is of, its length tells. A feature has the property `code` (or is named by its
    `id`), and may have `name`, `name_en` and `valid_until`; without a geometry it keeps the one
    it had. Problems name features by their place, from 1. What is no longer valid at `at` stays
    as it is: its code is not used again.
    """
    report = AreaReport()
    try:
        features = list(json.loads(document)["features"])
    except (ValueError, KeyError, TypeError, RecursionError):
        mend = "Export the areas as GeoJSON"
        report.problems.append(Problem(0, "features", "this is no FeatureCollection", mend))
        return report
    report.rows = len(features)
    codes = [_code_of(feature) for feature in features]
    with connection.transaction(force_rollback=dry_run):
        reader = _Reader(connection, codes, at, zone)
        for place, (feature, code) in enumerate(zip(features, codes, strict=True), start=1):
            step(place, len(features))
            try:
                reader.read(place, feature, code)
            except Unreadable as why:
                report.faulty += 1
                report.problems.append(Problem(place, *why.args))
        new = reader.settled(report)
        report.added = sum(area.code not in reader.known for area, _ in new)
        report.changed = len(new) - report.added
        _write(connection, new)
    report.problems.sort()
    return report


class _Reader:
    """Reads features on the ground of what is kept, and of the features before."""

    def __init__(
        self, connection: Connection, codes: Iterable[str], at: datetime, zone: ZoneInfo
    ) -> None:
        self._at, self._zone = at, zone
        given = sorted({_kept(code) for code in codes})
        values = {"codes": given, "counties": sorted({code[:6] for code in given})}
        rows = connection.execute(statements("areas")["known"], values)
        self.known = {row[0]: Area(*row) for row in rows}
        self._places: dict[str, int] = {}
        self._read: dict[str, tuple[int, Area, Box]] = {}

    def read(self, place: int, feature: Any, written: str) -> None:
        """Take in one feature; raises Unreadable."""
        if not written:
            raise Unreadable("code", "is missing", "Give each feature the property code")
        try:
            code = read_area_code(written)
        except BadCode as why:
            raise Unreadable("code", str(why), "Mend the code") from why
        if self._places.setdefault(code.code, place) != place:
            what = f"{code.code} is feature {self._places[code.code]} already"
            raise Unreadable("code", what, "Give an area one feature")
        before = self.known.get(code.code)
        properties = feature.get("properties") or {}
        geometry, box = _geometry(feature, code, before)
        name = _property(properties, NAME)
        area = Area(
            code.code,
            code.level,
            name or (before.name_zh if before else ""),
            _property(properties, NAME_EN) or (before.name_en if before else ""),
            geometry,
            self._until(_property(properties, UNTIL)),
        )
        if not area.name_zh and code.level:
            raise Unreadable("name", f"{code.word} {area.code} has none", "Give it a name")
        self._check_reuse(area, before)
        self._read[area.code] = (place, area, box)

    def settled(self, report: AreaReport) -> list[tuple[Area, Box]]:
        """Return what is new or another, with every area that it lies in known.

        A place in the tree is asked for where the tree is known: where any street of a county
        is, each of its communities and cells lies in one of them.
        """
        levels: dict[tuple[str, int], set[str]] = {}
        here = {**self.known, **{code: area for code, (_, area, _) in self._read.items()}}
        for area in here.values():
            if area.level:
                levels.setdefault((area.code[:6], len(area.code)), set()).add(area.code)
        new = []
        for place, area, box in self._read.values():
            lost = next(
                (
                    code
                    for code in above(area.code)
                    if code not in levels.get((code[:6], len(code)), {code})
                ),
                None,
            )
            if lost:
                what = f"{area.code} lies in {lost}, which is no {read_area_code(lost).word}"
                report.problems.append(Problem(place, "code", what, "Import that too, or mend it"))
                report.faulty += 1
                continue
            report.warnings += _doubts(place, area, here)
            if self.known.get(area.code) != area:
                new.append((area, box))
        return new

    def _until(self, text: str) -> datetime | None:
        if not text:
            return None
        try:
            time = datetime.fromisoformat(text)
        except ValueError:
            raise Unreadable("valid_until", f"{text!r} is no time", "As in 2026-12-31") from None
        return time if time.tzinfo else time.replace(tzinfo=self._zone)

    def _check_reuse(self, area: Area, before: Area | None) -> None:
        until = before.valid_until if before else None
        if until is not None and until <= self._at and before != area:
            what = f"{area.code} is not valid since {until.astimezone(self._zone):%Y-%m-%d}"
            raise Unreadable("code", what, "A code is not used again: give the area a new one")


def _geometry(feature: Any, code: AreaCode, before: Area | None) -> tuple[Any, Box]:
    geometry = feature.get("geometry")
    if geometry is None:
        geometry = before.polygon if before else None
        if geometry is None and not code.level:
            raise Unreadable("geometry", "is missing", "A grid cell has a polygon")
    if geometry is None:
        return None, NOWHERE
    try:
        return geometry, check(geometry)
    except BadPolygon as why:
        raise Unreadable("geometry", *why.args) from why


def _code_of(feature: Any) -> str:
    if not isinstance(feature, dict) or not isinstance(feature.get("properties") or {}, dict):
        return ""
    code = _property(feature.get("properties") or {}, CODE) or feature.get("id") or ""
    return plain(str(code)).strip()


def _kept(written: str) -> str:
    try:
        return read_area_code(written).code
    except BadCode:
        return written


def _property(properties: Mapping[str, Any], names: Iterable[str]) -> str:
    said = {name.lower(): value for name, value in properties.items()}
    found = next((said[name] for name in names if said.get(name) is not None), "")
    return plain(str(found)).strip()


def _doubts(place: int, area: Area, here: Mapping[str, Area]) -> Iterable[Problem]:
    if area.polygon is None:
        return
    if crosses_itself(area.polygon):
        mend = "Points are looked for by the even-odd rule; better draw it anew"
        yield Problem(place, "geometry", f"{area.code} crosses itself", mend)
    parent = next((here[code] for code in above(area.code) if code in here), None)
    if parent and parent.polygon is not None and not inside(*middle(area.polygon), parent.polygon):
        what = f"the middle of {area.code} is not in {parent.code} {parent.name_zh}"
        yield Problem(place, "geometry", what, "Is it the code of another place")


def _write(connection: Connection, new: list[tuple[Area, Box]]) -> None:
    for query, level in (("put_areas", True), ("put_cells", False)):
        rows = [
            {
                **area._asdict(),
                **box._asdict(),
                "valid_until": area.valid_until and area.valid_until.isoformat(),
            }
            for area, box in new
            if bool(area.level) is level
        ]
        for start in range(0, len(rows), AT_A_TIME):
            values = {"rows": Jsonb(rows[start : start + AT_A_TIME])}
            connection.execute(statements("areas")[query], values)


class Found(NamedTuple):
    cell: str  #: "" where no grid cell holds the point
    areas: tuple[str, ...]  #: codes of the areas that it lies in, the smallest first


def find(connection: Connection, lon: float, lat: float, at: datetime) -> Found:
    """Return the cell that holds a point at a time, and the areas: by its code, else by theirs."""
    values = {"lon": lon, "lat": lat, "at": at}
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        cells = cursor.execute(statements("surroundings")["cells_around"], values).fetchall()
        cell = cell_of(lon, lat, [Cell(row["code"], row["polygon"]) for row in cells])
        if cell:
            return Found(cell, tuple(above(cell)))
        areas = cursor.execute(statements("areas")["areas_around"], values).fetchall()
    smallest = cell_of(lon, lat, [Cell(row["code"], row["polygon"]) for row in areas])
    return Found("", (smallest, *above(smallest)) if smallest else ())


def page(
    connection: Connection, within: str, level: int | None, after: str | None, limit: int,
    at: datetime,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return areas whose codes begin with `within`, each with how many valid cells it has."""
    values = {"within": within, "level": level, "after": after, "limit": limit, "at": at}
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statements("areas")["page"], values).fetchall()


def areas_of(connection: Connection, codes: Iterable[str]) -> list[Area]:
    """Return the areas and cells of these codes that are known, the largest first."""
    with connection.transaction():
        rows = connection.execute(statements("areas")["shown"], {"codes": [*codes]})
        return [Area(*row) for row in rows]
