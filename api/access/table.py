"""Which permission each route asks for. A route that is not named here stops the start."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from api.access.permissions import P


class Open(StrEnum):
    """What asks for no permission."""

    PUBLIC = "public"  #: anybody; some have a signature or key of their own
    SIGNED_IN = "signed-in"  #: any person or key
    OWING = "owing"  #: any person, though they have still to show their second factor


V1 = "/api/v1"

_ROUTES: Mapping[P | Open, tuple[str, ...]] = {
    Open.PUBLIC: (
        f"GET {V1}/me",
        # Who signs in is not signed in yet; a link lets in by itself.
        f"POST {V1}/sign-in",
        f"POST {V1}/sign-out",
        f"GET {V1}/sign-in/providers",
        f"GET {V1}/sign-in/{{provider}}",
        f"GET {V1}/sign-in/{{provider}}/callback",
        f"POST {V1}/invitations/{{token}}",
        f"GET {V1}/statistics",
        f"GET {V1}/quantities",
        "GET /health", "GET /ping", "GET /healthz", "GET /readyz",
        "GET /cap/feed.atom", "GET /cap/{identifier}.xml",
        # Posting there takes an api_key of the settings.
        "GET /open311/v2/discovery.{format}",
        "GET /open311/v2/services.{format}",
        "GET /open311/v2/services/{service_code}.{format}",
        "GET /open311/v2/requests.{format}",
        "POST /open311/v2/requests.{format}",
        "GET /open311/v2/requests/{service_request_id}.{format}",
        "GET /open311/v2/tokens/{token}.{format}",
        "GET /open311/v2/{rest}",
        "POST /open311/v2/{rest}",
        # Peers sign what they send and ask.
        f"POST {V1}/exchange/messages",
        f"GET {V1}/exchange/messages",
        f"GET {V1}/exchange/photos/{{photo}}",
        f"PUT {V1}/exchange/photos/{{photo}}",
    ),
    Open.OWING: (
        f"GET {V1}/me/second-factor",
        f"POST {V1}/me/second-factor",
        f"POST {V1}/me/second-factor/confirm",
        f"POST {V1}/me/second-factor/show",
    ),
    Open.SIGNED_IN: (
        f"POST {V1}/me/second-factor/end",
        f"POST {V1}/me/second-factor/codes",
        f"GET {V1}/me/sessions",
        f"DELETE {V1}/me/sessions",
        f"DELETE {V1}/me/sessions/{{session}}",
        f"POST {V1}/me/password",
        f"GET {V1}/roles",
    ),
    P.MANAGE_ACCESS: (
        f"GET {V1}/people",
        f"POST {V1}/people",
        f"GET {V1}/people/{{account}}",
        f"POST {V1}/people/{{account}}/link",
        f"POST {V1}/people/{{account}}/grants",
        f"DELETE {V1}/people/{{account}}/grants/{{role}}",
        f"POST {V1}/people/{{account}}/second-factor/reset",
        f"POST {V1}/people/{{account}}/disable",
        f"POST {V1}/people/{{account}}/enable",
        f"GET {V1}/keys",
        f"POST {V1}/keys",
        f"GET {V1}/keys/{{key}}",
        f"POST {V1}/keys/{{key}}/rotate",
        f"POST {V1}/keys/{{key}}/revoke",
    ),
    P.CHANGE_CATALOGUE: (
        f"POST {V1}/imports/{{what}}",
        f"GET {V1}/imports/going/{{ticket}}",
        f"DELETE {V1}/imports/going/{{ticket}}",
    ),
    P.READ_AUDIT: (f"GET {V1}/audit", f"GET {V1}/audit.csv"),
    P.READ_TELEMETRY: (
        f"GET {V1}/channels",
        f"GET {V1}/channels/{{channel}}",
        f"GET {V1}/channels/{{channel}}/readings",
        f"GET {V1}/channels/{{channel}}/curve",
        f"GET {V1}/devices",
        f"GET {V1}/devices/{{device}}",
        f"GET {V1}/devices/{{device}}/ledger",
        f"GET {V1}/devices/{{device}}/health",
        f"GET {V1}/events",
        f"GET {V1}/events/{{event}}",
        f"GET {V1}/windows",
        f"GET {V1}/windows/{{number}}",
        f"GET {V1}/devices.geojson",
        f"GET {V1}/components.geojson",
        f"GET {V1}/grid-cells.geojson",
        f"GET {V1}/pipes",
        f"GET {V1}/pipes.geojson",
        f"GET {V1}/pipes/{{network}}/{{pipe}}",
        f"GET {V1}/map/pipes",
        f"GET {V1}/map/sensors",
        f"GET {V1}/map/sensors/states",
        f"GET {V1}/blind-spots",
        f"GET {V1}/quarantine",
        f"GET {V1}/quarantine/{{device}}",
        f"GET {V1}/dead-letters",
        f"GET {V1}/dead-letters/reasons",
        f"GET {V1}/dead-letters/{{letter}}",
        "GET /sensorthings/v1.1", "GET /sensorthings/v1.1/{path}",
    ),
    P.WRITE_TELEMETRY: (
        "POST /ingest/{format}", "POST /api/v2/write", "POST /write",
    ),
    P.ADOPT_DEVICES: (
        f"POST {V1}/dead-letters/replay",
        f"POST {V1}/dead-letters/discard",
        f"POST {V1}/dead-letters/{{letter}}/replay",
        f"POST {V1}/dead-letters/{{letter}}/discard",
        f"POST {V1}/quarantine/{{device}}/adopt",
    ),
    P.READ_DRILLS: (
        f"GET {V1}/drills",
        f"GET {V1}/drills/scenarios",
        f"GET {V1}/drills/{{drill}}",
        f"GET {V1}/drills/{{drill}}/report",  # while it goes on, for those who run drills
    ),
    P.RUN_DRILLS: (
        f"POST {V1}/drills",
        f"POST {V1}/drills/{{drill}}/faults",
        f"POST {V1}/drills/{{drill}}/pause",
        f"POST {V1}/drills/{{drill}}/resume",
        f"POST {V1}/drills/{{drill}}/end",
    ),
    P.SET_WINDOWS: (f"POST {V1}/windows", f"POST {V1}/windows/{{number}}/end"),
    P.READ_CASES: (
        f"GET {V1}/stream",  # of events and sensors too, to those who may read telemetry
        f"GET {V1}/cases",
        f"GET {V1}/cases/{{case}}",
        f"GET {V1}/cases/{{case}}/duplicates",
        f"GET {V1}/cases/{{case}}/surroundings",
        f"GET {V1}/cases.geojson",
        f"GET {V1}/map/cases",
        f"GET {V1}/worklists/{{role}}",
        f"GET {V1}/worklists/{{role}}/{{work_list}}",
        f"GET {V1}/photos/{{photo}}",
        f"GET {V1}/photos/{{photo}}/thumbnail",
        f"GET {V1}/photos/{{photo}}/facts",
        f"GET {V1}/warnings",
        f"GET {V1}/warnings/{{identifier}}",
    ),
    P.STEP_CASES: (f"POST {V1}/cases/{{case}}/steps", f"POST {V1}/photos"),
    P.READ_REPORTS: (
        f"GET {V1}/reports",
        f"GET {V1}/reports/alike",
        f"GET {V1}/reports/{{report}}",
        f"GET {V1}/cases/{{case}}/reports",
        f"GET {V1}/reports/{{report}}/caller/looks",
    ),
    P.WRITE_REPORTS: (f"POST {V1}/reports", f"POST {V1}/reports/{{report}}/join"),
    P.READ_CALLERS: (
        f"POST {V1}/reports/{{report}}/caller/looks",
        f"POST {V1}/reports/{{report}}/caller/erasure",
        f"GET {V1}/call-backs",
    ),
    P.WARN: (
        f"POST {V1}/warnings",
        f"POST {V1}/warnings/preview",
        f"POST {V1}/warnings/{{identifier}}/preview",
        f"POST {V1}/warnings/{{identifier}}/update",
        f"POST {V1}/warnings/{{identifier}}/cancel",
    ),
    P.READ_EVALUATION: (
        f"GET {V1}/alarm-hygiene",
        f"GET {V1}/evaluation",
        f"GET {V1}/evaluation/cases",
        f"GET {V1}/evaluation/indicators",
        f"GET {V1}/evaluation/sensors",
        f"GET {V1}/evaluation/ranking",
        f"GET {V1}/evaluation/ranking.csv",
        f"GET {V1}/evaluation/ranking.pdf",
    ),
    P.EXPORT: (f"GET {V1}/exports/{{table}}",),
    P.READ_CATALOGUE: (
        f"GET {V1}/catalogue",
        f"GET {V1}/catalogue/versions",
        f"GET {V1}/departments",
        f"GET {V1}/departments/who",
        f"GET {V1}/areas",
        f"GET {V1}/areas/at",
        f"GET {V1}/areas/{{code}}",
    ),
    P.READ_RULES: (
        f"GET {V1}/rules",
        f"GET {V1}/rules/{{rule}}",
        f"GET {V1}/rules/{{rule}}/log",
        f"GET {V1}/rules/{{rule}}/comparison",
        f"GET {V1}/rules/schema",
        f"GET {V1}/rules/{{rule}}/versions/{{version}}",
        f"GET {V1}/rules/{{rule}}/diff",
        f"GET {V1}/rules/{{rule}}/tests",
        f"GET {V1}/backtests",
        f"GET {V1}/backtests/{{backtest}}",
        f"GET {V1}/backtests/{{backtest}}/result",
        f"GET {V1}/backtests/{{backtest}}/{{table}}.csv",
    ),
    P.TRY_RULES: (
        f"POST {V1}/rules/check",
        f"POST {V1}/rules/test",
        f"POST {V1}/backtests",
        f"DELETE {V1}/backtests/{{backtest}}",
    ),
    P.CHANGE_RULES: (
        f"POST {V1}/rules/save",
        f"POST {V1}/rules/shadow",
        f"POST {V1}/rules/{{rule}}/promote",
        f"POST {V1}/rules/{{rule}}/rollback",
        f"POST {V1}/rules/{{rule}}/discard",
    ),
    P.MANAGE_DELIVERIES: (
        f"POST {V1}/subscriptions",
        f"GET {V1}/subscriptions",
        f"GET {V1}/subscriptions/types",
        f"GET {V1}/subscriptions/{{name}}",
        f"GET {V1}/subscriptions/{{name}}/deliveries",
        f"POST {V1}/subscriptions/{{name}}/redeliver",
        f"POST {V1}/subscriptions/{{name}}/pause",
        f"POST {V1}/subscriptions/{{name}}/resume",
        f"POST {V1}/subscriptions/{{name}}/end",
        f"GET {V1}/exchange",
        f"GET {V1}/exchange/{{peer}}/conflicts",
        f"POST {V1}/exchange/{{peer}}/conflicts/{{number}}/dismiss",
    ),
    P.READ_METRICS: ("GET /metrics",),
}  # fmt: skip

ROUTES: Mapping[str, P | Open] = {
    route: asks for asks, routes in _ROUTES.items() for route in routes
}
