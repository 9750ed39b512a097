"""What the pipes of a large city cost: to import them, and to look at the city and at a street."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from urllib.request import Request, urlopen

import numpy as np
import orjson

from deploy import embedded_postgres
from deploy.bench.console.serving import served
from store.database import connect, migrate
from store.import_pipes import import_pipes
from store.statements import statements

WEST, SOUTH, SIDE = 120.0, 30.1, 0.4  #: [°] of the city
#: What is looked at: how wide [°], at which zoom a screen of 1440 by 900 shows so much.
VIEWS = {"city": (0.66, 11), "district": (0.08, 14), "street": (0.01, 17)}
NETWORKS = ("water", "drain", "gas", "heat", "power")
DIAMETERS = (100, 150, 200, 300, 400, 600, 1000)


def run(folder: Path, pipes: int, times: int, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """Return a row a question: how long it took [ms], its size [kB], what it holds."""
    database = embedded_postgres.start(folder)
    try:
        say(f"making {pipes:,} pipes")
        document = orjson.dumps({"type": "FeatureCollection", "features": _streets(pipes)})
        with connect(database.url) as connection:
            migrate(connection)
            rows = [
                _imported("import", connection, document),
                _imported("import of the same once more", connection, document),
            ]
            connection.autocommit = True
            connection.execute(statements("bench")["pipes_vacuum"])
        with served(database.url) as url:
            say("looking at them")
            return [*rows, *(_looked(url, view, times) for view in VIEWS)]
    finally:
        database.stop()


def _imported(what: str, connection: Any, document: bytes) -> dict[str, Any]:
    began = perf_counter()
    report = import_pipes(connection, document)
    connection.commit()
    took = (perf_counter() - began) * 1e3
    return _row(what, took, took, document, len(gzip.compress(document, 1)), report.rows, None)


def _looked(url: str, view: str, times: int) -> dict[str, Any]:
    width, zoom = VIEWS[view]
    rng = np.random.default_rng(3)
    took, body, packed = [], b"", 0
    for _ in range(times):
        room = max(0.0, SIDE - width)
        aside = rng.uniform(0, room, 2) - max(0.0, width - SIDE) / 2
        lon, lat = WEST + aside[0], SOUTH + aside[1]
        asked = f"bbox={lon:.5f},{lat:.5f},{lon + width:.5f},{lat + width:.5f}&zoom={zoom}"
        question = Request(f"{url}/api/v1/map/pipes?{asked}", headers={"Accept-Encoding": "gzip"})
        began = perf_counter()
        with urlopen(question) as answer:
            sent, coded = answer.read(), answer.headers["Content-Encoding"] == "gzip"
        took.append((perf_counter() - began) * 1e3)
        body, packed = gzip.decompress(sent) if coded else sent, len(sent)
    told = orjson.loads(body)
    return _row(
        f"{view} view", median(took), max(took), body, packed, len(told["id"]), told["all_of_them"]
    )


def _row(
    what: str, ms: float, most: float, body: bytes, packed: int, pipes: int, seen: int | None
) -> dict[str, Any]:
    return {
        "of": what,
        "ms_median": ms,
        "ms_most": most,
        "kB": len(body) / 1e3,
        "kB_packed": packed / 1e3,
        "pipes": pipes,
        "of_them_in_view": "" if seen is None else seen,
    }


def _streets(count: int) -> list[dict[str, Any]]:
    """Pipes of some hundred metres along a grid of streets, with bends, of all widths."""
    rng = np.random.default_rng(1)
    begins = rng.uniform((WEST, SOUTH), (WEST + SIDE, SOUTH + SIDE), (count, 2)).round(3)
    along = rng.integers(0, 2, count)
    points = rng.integers(3, 18, count)
    widths = rng.choice(DIAMETERS, count, p=(0.3, 0.2, 0.2, 0.15, 0.08, 0.05, 0.02))
    features = []
    for n in range(count):
        steps = rng.normal(0, 4e-6, (points[n], 2))
        steps[1:, along[n]] += 1.2e-4
        features.append(
            {
                "type": "Feature",
                "properties": {
                    "id": f"P-{n:06d}", "network": NETWORKS[n % 5], "diameter": int(widths[n]),
                    "material": "PE100", "year": 1990 + n % 30,
                },
                "geometry": {
                    "type": "LineString",
                    "coordinates": (begins[n] + steps.cumsum(axis=0)).round(7).tolist(),
                },
            }
        )  # fmt: skip
    return features
