"""Is the process alive, and does it do its work?"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import psycopg
from pydantic import BaseModel, Field

from api.access.permissions import Permission
from api.access.who import Signed
from api.problem import Problem
from api.resource import Resource
from api.services import Given, Health, Services
from store.views import view

router = Resource(tags=["health"], base="")


class Part(BaseModel):
    ready: bool
    detail: str = Field(description="For the operator")


class Readiness(BaseModel):
    ready: bool
    parts: dict[str, Part] | None = Field(
        None, description=f"For who has {Permission.READ_METRICS}; null for others"
    )


class Alive(BaseModel):
    status: str = "alive"


@router.get("/healthz")
async def alive() -> Alive:
    """The process runs and answers. It says nothing of the parts: see `/readyz`."""
    return Alive()


@router.get("/readyz")
def ready(services: Given, who: Signed) -> Readiness:
    """Whether database, broker session and backlog are; 503 when one is not.

    To anybody that alone, which is what a load balancer asks; each with details to a monitor.
    """
    health = {"database": database(services)}
    health |= {name: ask() for name, ask in services.health.items()}
    parts = {name: Part(ready=it.ready, detail=it.detail) for name, it in health.items()}
    bad = {name: part for name, part in parts.items() if not part.ready}
    details = who.may(Permission.READ_METRICS)
    if bad:
        why = "; ".join(f"{name}: {part.detail}" for name, part in bad.items())
        members: dict[str, Any] = {name: part.model_dump() for name, part in parts.items()}
        raise Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            why if details else f"Who has {Permission.READ_METRICS} is told which part and why.",
            kind="not-ready",
            title="Not every part is ready",
            headers={"Retry-After": "5"},
            **({"parts": members} if details else {}),
        )
    return Readiness(ready=True, parts=parts if details else None)


def database(services: Services) -> Health:
    try:
        view(services.pool, "answers")
    except psycopg.OperationalError as why:
        return Health(False, str(why).strip())
    stats = services.pool.get_stats()
    waiting = stats.get("requests_waiting", 0)
    return Health(True, f"answers; {stats.get('pool_size', 0)} sessions, {waiting} requests wait")
