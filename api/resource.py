"""Routes of one kind of thing, whose work is done in one thread from the call to the bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, get_type_hints

from anyio import to_thread
from fastapi import APIRouter, Response
from fastapi.exceptions import ResponseValidationError
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError

from api.problem import ON_ERROR

VERSION = "v1"
BASE = f"/api/{VERSION}"


class Route(APIRoute):
    """A route whose plain function is called in a thread, which also writes the answer's JSON.

    FastAPI calls it in one thread, validates the answer in another and writes it where all
    requests are waited for: each change costs more than most of our functions do.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **how: Any) -> None:
        call = endpoint if iscoroutinefunction(endpoint) else self._in_a_thread(endpoint)
        super().__init__(path, call, **how)
        self._answers = None
        sets_headers = Response in get_type_hints(endpoint).values()
        if self.response_model is not None and not sets_headers:
            self._answers = TypeAdapter(self.response_model)

    def _in_a_thread(self, endpoint: Callable[..., Any]) -> Callable[..., Any]:
        def work(given: dict[str, Any]) -> Any:
            answer = endpoint(**given)
            if self._answers is None or isinstance(answer, Response):
                return answer
            try:
                valid = self._answers.validate_python(answer, from_attributes=True)
            except ValidationError as why:
                raise ResponseValidationError(why.errors(), body=answer) from why
            text = self._answers.dump_json(valid, by_alias=True)
            return Response(text, self.status_code or 200, media_type="application/json")

        @wraps(endpoint)
        async def call(**given: Any) -> Any:
            return await to_thread.run_sync(work, given)

        return call


class Resource(APIRouter):
    """Routes that begin with `base` and `prefix`; errors are described as the API's are."""

    def __init__(
        self, prefix: str = "", *, tags: Sequence[str], base: str = BASE, **how: Any
    ) -> None:
        how.setdefault("responses", ON_ERROR)
        super().__init__(prefix=base + prefix, tags=list(tags), route_class=Route, **how)
