"""Is the process alive, and does it do its work?"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import psycopg
from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.problem import ON_ERROR, Problem
from api.services import Given, Health, Services
from store.views import view

router = APIRouter(tags=["health"], responses=ON_ERROR)


class Part(BaseModel):
    ready: bool
    detail: str = Field(description="For the operator")


class Readiness(BaseModel):
    ready: bool
    parts: dict[str, Part]


class Alive(BaseModel):
    status: str = "alive"


@router.get("/healthz")
async def alive() -> Alive:
    """The process runs and answers. It says nothing of the parts: see `/readyz`."""
    return Alive()


@router.get("/readyz")
def ready(services: Given) -> Readiness:
    """Database, broker session and backlog, each with details; 503 when one is not ready."""
    health = {"database": database(services)}
    health |= {name: ask() for name, ask in services.health.items()}
    parts = {name: Part(ready=it.ready, detail=it.detail) for name, it in health.items()}
    bad = {name: part for name, part in parts.items() if not part.ready}
    if bad:
        members: dict[str, Any] = {name: part.model_dump() for name, part in parts.items()}
        raise Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "; ".join(f"{name}: {part.detail}" for name, part in bad.items()),
            kind="not-ready",
            title="Not every part is ready",
            headers={"Retry-After": "5"},
            parts=members,
        )
    return Readiness(ready=True, parts=parts)


def database(services: Services) -> Health:
    try:
        view(services.pool, "answers")
    except psycopg.OperationalError as why:
        return Health(False, str(why).strip())
    stats = services.pool.get_stats()
    waiting = stats.get("requests_waiting", 0)
    return Health(True, f"answers; {stats.get('pool_size', 0)} sessions, {waiting} requests wait")
