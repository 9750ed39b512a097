"""One feature of a file of pipes: what it says, in the words that inventories use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from cases.courses import BadCourse, Course, read_course
from cases.networks import Network, read_network
from ingest.asset_cells import Unreadable
from store.plain_text import LONGEST_NAME, plain

#: What people call the properties of a feature, small letters; ours first.
NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "pipe", "管线编号", "管段编号", "管线号", "编号", "code"),
    "network": ("network", "管线类型", "管网类型", "管线种类", "类别", "kind", "type"),
    "name": ("name", "名称", "管线名称"),
    "diameter": ("diameter", "管径", "公称直径", "断面尺寸", "dn"),
    "material": ("material", "材质", "管材"),
    "year": ("year", "建设年代", "敷设年代", "埋设年代", "建设年份"),
    "from": ("from", "起点", "起点编号", "起始点号", "起点点号"),
    "to": ("to", "终点", "终点编号", "终止点号", "终点点号", "连接点号"),
    "removed": ("removed", "拆除", "废弃"),
}
_KNOWN = {name for names in NAMES.values() for name in names}
_YES = frozenset({"true", "yes", "1", "是"})
_NO = frozenset({"", "false", "no", "0", "否"})
_SIZE = re.compile(r"(?:dn|de|d|φ|ø)?\s*(\d+(?:\.\d+)?)(?:\s*[x×*]\s*\d+(?:\.\d+)?)?\s*(mm|m)?")
NARROWEST, WIDEST = 0.01, 12.0  #: [m] of a pipe


class Pipe(NamedTuple):
    """A pipe as it is kept."""

    network: Network
    id: str
    name: str
    diameter: float | None  #: [m]
    material: str
    year: int | None
    from_node: str
    to_node: str
    course: Course | None  #: None: it is to be removed

    def __str__(self) -> str:
        return f"{self.network} {self.id}"


def read_feature(feature: Any, network: Network | None) -> Pipe:
    """Return what a feature says; of `network` where it does not say which. Raises Unreadable."""
    if not isinstance(feature, dict) or not isinstance(feature.get("properties") or {}, dict):
        raise Unreadable("feature", "is none", "Export the pipes as GeoJSON")
    said = {key.strip().lower(): value for key, value in (feature.get("properties") or {}).items()}
    cells = {name: _text(said, names) for name, names in NAMES.items()}
    name = cells["id"] or _written(feature.get("id"))
    if not name:
        raise Unreadable("id", "is missing", "Give each pipe an id: what its sensors have as pipe")
    if len(name) > LONGEST_NAME:
        raise Unreadable("id", f"has {len(name)} characters", f"{LONGEST_NAME} are the most")
    try:
        return _read(name, cells, feature, network)
    except Unreadable as why:
        column, what, mend = why.args
        raise Unreadable(column, f"{what} (pipe {name})", mend) from why


def unread(features: list[Any]) -> set[str]:
    """Return the properties of which nothing is kept."""
    told = (f.get("properties") for f in features if isinstance(f, dict))
    found = {key for properties in told if isinstance(properties, dict) for key in properties}
    return {key for key in found if key.strip().lower() not in _KNOWN | {"length"}}


def _read(
    name: str, cells: dict[str, str], feature: dict[str, Any], network: Network | None
) -> Pipe:
    if cells["network"]:
        network = read_network(cells["network"])
    if network is None:
        what = f"{cells['network']!r} is none" if cells["network"] else "is missing"
        raise Unreadable("network", what, f"Write {', '.join(Network)}")
    if (removed := cells["removed"].lower()) not in _YES | _NO:
        raise Unreadable("removed", f"{removed!r} is neither yes nor no", "Write true or false")
    course = None
    if removed in _NO:
        if feature.get("geometry") is None:
            raise Unreadable("geometry", "is missing", "Draw its course; to take it out: removed")
        try:
            course = read_course(feature["geometry"])
        except BadCourse as why:
            raise Unreadable("geometry", *why.args) from why
    return Pipe(
        network,
        name,
        cells["name"],
        _diameter(cells["diameter"]),
        cells["material"],
        _year(cells["year"]),
        cells["from"],
        cells["to"],
        course,
    )


def _diameter(written: str) -> float | None:
    """Return the metres of `300`, `0.3`, `DN300`, `300 mm`, or of the width of `1200x800`.

    A bare number below 12 is metres, from 12 on millimetres: no pipe is as thin or as wide.
    """
    if not written:
        return None
    found = _SIZE.fullmatch(written.lower())
    size = float(found[1]) if found else 0.0
    if found and (found[2] == "mm" or (not found[2] and size >= WIDEST)):
        size /= 1000
    if not NARROWEST <= size < WIDEST:
        raise Unreadable("diameter", f"{written!r} is none", "Write 300 mm, DN300 or 0.3 m")
    return round(size, 6)


def _year(written: str) -> int | None:
    if not written:
        return None
    found = re.match(r"(1[89]\d\d|20\d\d)(?!\d)", written)
    if found is None:
        raise Unreadable("year", f"{written!r} is none", "Write the year it was laid in, as 1998")
    return int(found[1])


def _text(said: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((text for name in names if (text := _written(said.get(name)))), "")


def _written(value: Any) -> str:
    if value is None or isinstance(value, dict | list):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return plain(str(value)).strip()
