"""Entities as the standard writes them: control information, links, related entities inline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from api.paging import make_cursor
from api.problem import Problem
from api.sensorthings.options import CURSOR, SAFE
from ingest.quality import Quality
from store.sensorthings.asked import Asked
from store.sensorthings.model import BY_NAME, Entity, Type
from store.sensorthings.reading import Page, Reader

USUAL, LARGEST = 100, 1_000  #: entities on a page
INLINE = 25  #: related ones of each entity, where $top does not say
MOST = 50_000  #: entities in an answer, related ones among them
REASONS = {int(flag): str(flag.name).lower().replace("_", " ") for flag in Quality if flag}


class Writer:
    """Writes rows, and reads what is to stand inline; `root` is the service's address."""

    def __init__(self, root: str, reader: Reader) -> None:
        self._root, self._reader, self._left = root, reader, MOST

    def link(self, entity: Entity, id: Any) -> str:
        key = str(id) if entity.id is not Type.TEXT else "'" + str(id).replace("'", "''") + "'"
        return f"{self._root}/{entity.set}({quote(key, safe=SAFE.replace('/', ''))})"

    def entities(
        self, entity: Entity, rows: Sequence[dict[str, Any]], asked: Asked
    ) -> list[dict[str, Any]]:
        """Return the entities of `rows`, with what `asked` expands."""
        self._left -= len(rows)
        written = [self._written(entity, row, asked) for row in rows]
        for relation, nested in asked.expand:
            owners = list(dict.fromkeys(row[relation.own] for row in rows))
            limit = page_size(nested, INLINE) if relation.many else 1
            if len(owners) * limit > self._left:
                raise too_much(self._left)
            pages = self._reader.each(relation, owners, nested, limit) if owners else {}
            target = BY_NAME[relation.target]
            inline = self._inline(target, pages, nested)
            for row, whole in zip(rows, written, strict=True):
                owner = row[relation.own]
                whole.pop(f"{relation.name}@iot.navigationLink", None)
                if not relation.many:
                    whole[relation.name] = next(iter(inline[owner]), None)
                    continue
                page, link = pages[owner], f"{self.link(entity, row['id'])}/{relation.name}"
                if page.count is not None:
                    whole[f"{relation.name}@iot.count"] = page.count
                whole[relation.name] = inline[owner]
                if page.more and page.rows:
                    whole[f"{relation.name}@iot.nextLink"] = following(link, nested, page)
        return written

    def _inline(
        self, target: Entity, pages: Mapping[Any, Page], asked: Asked
    ) -> dict[Any, list[dict[str, Any]]]:
        """Write the pages of all owners at once, so that each level is read by one statement."""
        rows = [row for page in pages.values() for row in page.rows]
        written = iter(self.entities(target, rows, asked))
        return {owner: [next(written) for _ in page.rows] for owner, page in pages.items()}

    def _written(self, entity: Entity, row: dict[str, Any], asked: Asked) -> dict[str, Any]:
        chosen = asked.select
        self_link = self.link(entity, row["id"])
        whole: dict[str, Any] = {}
        if chosen is None or "id" in chosen:
            whole |= {"@iot.id": row["id"], "@iot.selfLink": self_link}
        for each in entity.properties:
            if each.name in row:
                value = shown(each.name, row[each.name])
                if value is not None or each.always or each.type is Type.RESULT:
                    whole[each.name] = value
        for relation in entity.relations:
            if chosen is None or relation.name in chosen:
                whole[f"{relation.name}@iot.navigationLink"] = f"{self_link}/{relation.name}"
        return whole


def shown(name: str, value: Any) -> Any:
    if name == "resultQuality" and value is not None:
        reasons = [reason for flag, reason in REASONS.items() if value["flags"] & flag]
        return value | {"reasons": reasons}
    return value


def page_size(asked: Asked, usual: int) -> int:
    return usual if asked.top is None else min(asked.top, LARGEST)


def following(address: str, asked: Asked, page: Page) -> str:
    """Return the link to the page after `page`, which stays right while rows are added."""
    options = f"{asked.text}&" if asked.text else ""
    return f"{address}?{options}{CURSOR}={make_cursor(*page.last)}"


def data_array(
    writer: Writer, rows: Sequence[dict[str, Any]], asked: Asked
) -> list[dict[str, Any]]:  # fmt: skip
    """Return Observations as arrays, those of a Datastream together."""
    entity = BY_NAME["Observation"]
    names = ["id", *(each.name for each in entity.properties if each.type is not Type.JSON)]
    if asked.select is not None:
        names = [name for name in asked.select if name == "id" or entity.named(name)]
    found: dict[int, list[list[Any]]] = {}
    for row in rows:
        values = [shown(name, row[name]) for name in names]
        found.setdefault(row["_channel"], []).append(values)
    return [
        {
            "Datastream@iot.navigationLink": writer.link(BY_NAME["Datastream"], channel),
            "components": ["@iot.id" if name == "id" else name for name in names],
            "dataArray@iot.count": len(values),
            "dataArray": values,
        }
        for channel, values in found.items()
    ]


def too_much(left: int) -> Problem:
    return Problem(
        HTTPStatus.BAD_REQUEST,
        f"The answer could have more than {MOST} entities; ask for fewer with $top.",
        kind="too-much",
        title="Too much is asked for at once",
    )
