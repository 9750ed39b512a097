"""Which route is called, and how its answer is written."""

from typing import Annotated

import pytest
from fastapi import FastAPI, Header, Response
from fastapi.exceptions import ResponseValidationError
from fastapi.testclient import TestClient
from pydantic import BaseModel, Field

from api.access.guard import Door, Ways
from api.access.table import Open
from api.resource import Resource


class Thing(BaseModel):
    number: int
    kind: str = Field("plain", serialization_alias="sort")


@pytest.fixture
def client():
    things = Resource("/things", tags=["things"])

    @things.get("/one")
    def one() -> Thing:
        return Thing(number=1)

    @things.get("/as-a-dict")
    def as_a_dict() -> Thing:
        return {"number": 2}  # type: ignore[return-value]

    @things.post("", status_code=201)
    def made(thing: Thing) -> list[Thing]:
        return [thing]

    @things.get("/with-headers")
    def with_headers(response: Response) -> Thing:
        response.headers["ETag"] = '"7"'
        return Thing(number=3)

    @things.get("/own-answer")
    def own_answer() -> Response:
        return Response("as it is", media_type="text/plain")

    @things.delete("/one", status_code=204)
    def gone() -> None:
        return None

    @things.get("/wrong")
    def wrong() -> Thing:
        return {"number": "none"}  # type: ignore[return-value]

    @things.get("/waited-for")
    async def waited_for(said: Annotated[str, Header()] = "nothing") -> str:
        return said

    app = FastAPI()
    app.router.routes += things.routes
    return TestClient(app)


@pytest.mark.parametrize(
    ("method", "path", "status", "said"),
    [
        ("GET", "one", 200, {"number": 1, "sort": "plain"}),
        ("GET", "as-a-dict", 200, {"number": 2, "sort": "plain"}),
        ("GET", "with-headers", 200, {"number": 3, "sort": "plain"}),
        ("GET", "waited-for", 200, "nothing"),
    ],
)
def test_an_answer_is_what_its_type_says(client, method, path, status, said):
    answer = client.request(method, f"/api/v1/things/{path}")
    assert (answer.status_code, answer.json()) == (status, said)
    assert answer.headers["content-type"] == "application/json"


def test_status_headers_and_own_answers_stay(client):
    made = client.post("/api/v1/things", json={"number": 9})
    assert (made.status_code, made.json()) == (201, [{"number": 9, "sort": "plain"}])
    assert client.get("/api/v1/things/with-headers").headers["etag"] == '"7"'
    assert client.get("/api/v1/things/own-answer").text == "as it is"
    gone = client.delete("/api/v1/things/one")
    assert (gone.status_code, gone.content) == (204, b"")


def test_an_answer_that_is_not_of_its_type_is_a_fault_of_ours(client):
    with pytest.raises(ResponseValidationError, match="number"):
        client.get("/api/v1/things/wrong")


def test_the_route_that_the_guard_judged_is_the_one_that_runs():
    things = Resource("/things", tags=["things"])

    @things.get("/{name}")
    def any_one(name: str) -> str:
        return f"any: {name}"

    @things.get("/special")
    def special() -> str:
        return "special"

    app = FastAPI()
    app.router.routes += things.routes
    first, second = (
        Door("GET", way.path_regex, way.path_format, Open.PUBLIC, way) for way in things.routes
    )
    app.router.middleware_stack = Ways(app, [first, second])

    def through(door):
        async def asked(scope, receive, send):
            await app({**scope, "state": {"door": door}}, receive, send)

        return TestClient(asked).get("/api/v1/things/special")

    assert through(first).json() == "any: special"
    assert through(second).json() == "special", "though the other one matches before it"
    assert through(None).status_code == 405, "without a door no route of ours is called"
