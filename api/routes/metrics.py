"""Prometheus metrics: what this process counted, and what the store holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import psycopg
from fastapi import Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from api.resource import Resource
from api.services import Given, Services
from store.views import view

router = Resource(tags=["health"], base="")

GAUGES = {
    "devices": "Active devices",
    "channels": "Channels",
    "open_cases": "Cases neither closed nor void",
    "overdue_cases": "Open cases past their time limit",
    "standing_events": "Events that stand",
    "open_dead_letters": "Dead letters not replayed yet",
    "quarantined_devices": "Devices that sent what nobody has adopted",
}


class StoreGauges(Collector):
    """Counts in the database, taken when the metrics are asked for."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def collect(self) -> Iterator[GaugeMetricFamily]:
        parts = GaugeMetricFamily(
            "lifeline_part_ready", "1 while a part works, as /readyz says", labels=["part"]
        )
        for name, look in self.services.health.items():
            parts.add_metric([name], look().ready)
        yield parts
        up = GaugeMetricFamily("lifeline_database_up", "1 while the database answers")
        try:
            [counts] = view(self.services.pool, "store_counts", now=self.services.time())
        except psycopg.OperationalError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield from self._waiting()
        for name, description in GAUGES.items():
            yield GaugeMetricFamily(f"lifeline_{name}", description, value=counts[name])
        [newest] = view(self.services.pool, "newest_receipt")
        received: datetime | None = newest["received"]
        if received is not None:
            yield GaugeMetricFamily(
                "lifeline_last_received_timestamp_seconds",
                "When the newest reading reached us",
                value=received.timestamp(),
            )

    def _waiting(self) -> Iterator[GaugeMetricFamily]:
        """What is to be told to others, and for how long it has not been."""
        [row] = view(self.services.pool, "deliveries_waiting")
        now = self.services.wall()
        since: datetime | None = row["since"]
        for name, description, value in (
            ("deliveries_pending", "Events not yet delivered to a receiver", row["pending"]),
            ("deliveries_failed", "Events given up on, until sent again", row["failed"]),
            (
                "delivery_age_seconds",
                "Since when the oldest of those pending waits",
                0.0 if since is None else max(0.0, (now - since).total_seconds()),
            ),
        ):
            yield GaugeMetricFamily(f"lifeline_{name}", description, value=value)


@router.get("/metrics", response_class=Response)
def metrics(services: Given) -> Response:
    """Metrics in Prometheus' text format."""
    store = CollectorRegistry()
    store.register(StoreGauges(services))
    body = generate_latest(REGISTRY) + generate_latest(store)
    return Response(body, media_type=CONTENT_TYPE_LATEST)
