"""The application: routes, errors, the live stream and the console, around the services given."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import GZipMiddleware

from api.access.guard import Guard, Ways, doors
from api.access.headers import SecureHeaders
from api.access.identities import Identities
from api.access.slowing import Slowing
from api.conditional import Conditional
from api.describing import complete
from api.faults import answer_faults
from api.idempotency import Idempotency
from api.importing import Importing
from api.live import Live
from api.measuring import Measuring
from api.open311 import routes as open311
from api.problem import ProblemDetails, answer_with_problems
from api.resource import VERSION
from api.routes import (
    alarm_hygiene,
    areas,
    audit,
    backtests,
    blind_spots,
    callers,
    cap,
    cases,
    catalogue,
    channels,
    curve,
    dead_letters,
    departments,
    device_health,
    devices,
    drills,
    evaluation,
    events,
    exchange,
    exports,
    geojson,
    health,
    imports,
    imports_going,
    influx,
    intake,
    keys,
    map,
    me,
    metrics,
    own_account,
    people,
    photos,
    pipes,
    quantities,
    quarantine,
    readings,
    reports,
    roles,
    rule_checks,
    rule_versions,
    rules,
    second_factor,
    sign_in,
    statistics,
    steps,
    stream,
    subscriptions,
    surroundings,
    warnings,
    windows,
    worklists,
)
from api.selection import Selection
from api.sensorthings import routes as sensorthings
from api.services import Services
from api.watching import Watching

CONSOLE = Path(__file__).parent / "console"

#: Readings before channels: a channel's id may hold slashes, so its route takes what is left.
RESOURCES = (
    readings, curve, channels, device_health, devices, events, cases, steps, surroundings,
    dead_letters, quarantine, quantities, stream,
    worklists, windows, drills, alarm_hygiene, rule_checks, rule_versions, rules, backtests,
    reports, callers, photos, warnings, geojson, pipes, exports,
    exchange, subscriptions, catalogue, departments, areas, imports, imports_going,
    evaluation, statistics, map, blind_spots, me,
    own_account, second_factor, sign_in, people, keys, roles, audit,
    open311, sensorthings, cap, intake, influx, health, metrics,
)  # fmt: skip

DESCRIPTION = """\
Device telemetry becomes cases: channels and readings, what rules found in them, and the casework.

Values are in SI units, times in UTC (ISO 8601), durations in ISO 8601. Lists come in pages: `next`
of one is the `cursor` of the following. Errors are problem details (RFC 9457). Sign in, or
send a key as `Authorization: Bearer`; each operation names the permission that it asks for.
"""

TAGS = [
    {"name": "cases", "description": "Problems, from filing to closing"},
    {"name": "catalogue", "description": "What is filed, how fast it is handled, and by whom"},
    {"name": "areas", "description": "City, district, street, community, grid cell"},
    {"name": "reports", "description": "What people and other systems tell, with pictures"},
    {"name": "evaluation", "description": "Indicators, scores, rankings; statistics for everybody"},
    {"name": "events", "description": "What rules found"},
    {"name": "channels", "description": "What is measured where, under which contract"},
    {"name": "readings", "description": "Raw or rolled up; JSON, CSV or Arrow"},
    {"name": "devices", "description": "Devices and the ledger of what they sent"},
    {"name": "quarantine", "description": "Devices that nobody has adopted yet"},
    {"name": "dead letters", "description": "What could not be used, with the reason"},
    {"name": "rules", "description": "Versions of rules: in force, on trial, and who changed them"},
    {"name": "drills", "description": "Exercises on the live path, apart from all that is live"},
    {"name": "windows", "description": "Maintenance, planned work, calibration, shelving"},
    {"name": "open311", "description": "Open311 GeoReport v2: what the public reports and sees"},
    {"name": "sensorthings", "description": "OGC SensorThings 1.1, to be read"},
    {"name": "warnings", "description": "To everybody, in CAP 1.2, with updates and the all-clear"},
    {"name": "maps", "description": "The lists as GeoJSON; all sensors and open cases at once"},
    {"name": "blind spots", "description": "What is not watched now, and why"},
    {"name": "subscriptions", "description": "Webhooks: who is told of cases, and how it goes"},
    {"name": "exchange", "description": "Cases handed over to and from other instances"},
    {"name": "exports", "description": "Whole tables: CSV, NDJSON, Parquet"},
    {"name": "stream", "description": "What happens, as it happens"},
    {"name": "intake", "description": "Readings by HTTP: answered after they are stored"},
    {"name": "access", "description": "Who is signed in, people, keys, and the trail"},
    {"name": "health", "description": "For those who keep the system running"},
]


def create_app(services: Services) -> FastAPI:
    conninfo = services.pool.conninfo
    watching = Watching(services)
    live = Live(
        conninfo if isinstance(conninfo, str) else conninfo(),
        partial(stream.look_up, services),
        partial(stream.clock, services),
        watching.changes,
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(live.follow()), asyncio.create_task(live.tick())]
        yield
        live.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    app = FastAPI(
        title="Lifeline",
        version=VERSION,
        description=DESCRIPTION,
        openapi_tags=TAGS,
        lifespan=lifespan,
        docs_url=None,  # they would load scripts from an outside host
        redoc_url=None,
    )
    app.state.services = services
    app.state.live = live
    app.state.watching = watching
    app.state.importing = Importing()
    answer_with_problems(app)
    answer_faults(app, services.secure)
    for resource in RESOURCES:
        app.router.routes += resource.router.routes
    app.router.routes += reports.of_cases.routes
    identities = Identities(
        services.pool,
        services.wall,
        services.session_idle,
        services.guests,
        services.second_factor,
    )
    app.state.identities = identities
    app.state.slowing = Slowing()
    known = app.state.doors = doors(app)
    # Each stands around those before it: the guard lets in, then what was done is not done again.
    app.add_middleware(Selection, endpoints=[door.endpoint for door in known])
    app.add_middleware(Conditional)
    app.add_middleware(Idempotency, services=services)
    app.add_middleware(GZipMiddleware, minimum_size=2_000, compresslevel=3)
    app.add_middleware(Guard, doors=known, identities=identities, services=services)
    app.add_middleware(Measuring)
    app.add_middleware(SecureHeaders, services=services)
    app.mount("/", StaticFiles(directory=CONSOLE, html=True), name="console")
    app.router.middleware_stack = Ways(app, known)
    app.openapi = partial(describe, app)  # type: ignore[method-assign]
    return app


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document, with the schema that all errors refer to."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            tags=app.openapi_tags,
        )
        parts = document["components"]
        parts["schemas"]["ProblemDetails"] = ProblemDetails.model_json_schema()
        complete(document, app.state.doors)
        app.openapi_schema = document
    return app.openapi_schema
