"""Whatever fits the OpenAPI document, and much that does not, is answered as it says.

Of each operation some requests are made up from its description. None may be answered with a fault
of ours, and what is answered must fit the description too: status, type, body and headers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import requests
import schemathesis
from databases import copied
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.access.table import ROUTES
from deploy.own_key import own_key
from deploy.settings import Settings
from deploy.wiring import build
from store.database import connect

pytestmark = [pytest.mark.server, pytest.mark.timeout(600)]

FEW, MANY = 4, 250  #: requests of each operation, and as many that do not fit its description
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance,
    response_headers_conformance, response_schema_conformance,
]  # fmt: skip
ENDLESS = "/stream"  #: see test_stream.py
HIDDEN = "{rest}"  #: what answers that there is no such thing
ALL = sorted(tuple(name.split(" ")) for name in ROUTES if HIDDEN not in name)
OPERATIONS = [each for each in ALL if not each[1].endswith(ENDLESS)]


@pytest.fixture(scope="module")
def asked(server_url: str, city: str) -> Iterator[Any]:
    """The document of the whole running system, and a session with a key that may do everything."""
    with (
        copied(server_url, city) as url,
        TemporaryDirectory(prefix="lifeline-tests-", ignore_cleanup_errors=True) as folder,
        requests.Session() as session,
    ):
        with connect(url) as connection:  # none that is made up shall revoke the key
            connection.execute("ALTER TABLE api_keys ALTER COLUMN id RESTART WITH 987654321")
        given_settings = Settings(
            database=url, data_folder=Path(folder), broker_port=0, http_port=0
        )
        app = build(given_settings)
        app.start()
        try:
            while not app.server.started:
                app.serving.join(0.05)
            session.headers["Authorization"] = f"Bearer {own_key(url, 'test')}"
            document = session.get(f"{app.url}/openapi.json").json()
            schema = schemathesis.openapi.from_dict(document)
            schema.config.update(base_url=app.url)
            yield schema, session, app.url
        finally:
            app.stop()


def ask(asked: Any, method: str, path: str, examples: int) -> None:
    schema, session, address = asked
    operation = schema[path][method]
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        cases = operation.as_strategy(generation_mode=mode)

        @settings(
            max_examples=examples,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=cases)
        def answered(case: Any) -> None:
            # What is left out of an answer by `fields` is missing by its description.
            case.query = {k: v for k, v in (case.query or {}).items() if k != "fields"}
            case.call_and_validate(
                base_url=address, session=session, checks=CHECKS, timeout=30,
                allow_redirects=False,
            )  # fmt: skip

        if mode is GenerationMode.POSITIVE:
            answered()
        else:
            with suppress(Unsatisfiable):  # nothing is asked that could be asked wrongly
                answered()
    assert session.get(f"{address}/api/v1/me").json()["kind"] == "key"


def test_every_operation_of_the_document_is_among_them(asked: Any):
    paths = asked[0].raw_schema["paths"]
    assert {(m.upper(), path) for path, methods in paths.items() for m in methods} == set(ALL)


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=map(" ".join, OPERATIONS))
def test_what_is_asked_is_answered_as_the_document_says(asked: Any, method: str, path: str):
    ask(asked, method, path, FEW)


@pytest.mark.slow
@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=map(" ".join, OPERATIONS))
def test_however_much_is_asked(asked: Any, method: str, path: str):
    ask(asked, method, path, MANY)
