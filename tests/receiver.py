"""A receiver of webhooks on loopback that answers as a test tells it to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Event, Lock, Thread
from typing import Any, NamedTuple


class Received(NamedTuple):
    method: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.body)
        return read


#: Status and headers; None: the connection is cut without an answer.
Answer = tuple[int, dict[str, str]] | None


def always_takes(_: Received) -> Answer:
    return 204, {}


@dataclass
class Receiver:
    url: str
    answer: Callable[[Received], Answer]
    requests: list[Received] = field(default_factory=list)
    taken: list[Received] = field(default_factory=list)  #: those it has said that it has
    changed: Condition = field(default_factory=Condition)
    closing: Event = field(default_factory=Event)
    counting: Lock = field(default_factory=Lock)

    def until(self, holds: Callable[[], bool], seconds: float = 30) -> None:
        """Wait until it holds; looked at after each request."""
        with self.changed:
            assert self.changed.wait_for(holds, seconds), [r.event for r in self.taken][-3:]

    def heard(self) -> list[tuple[str, int]]:
        """Return the subject and the sequence of each event taken, a repeated one once."""
        seen = [(r.event["subject"], int(r.event["sequence"])) for r in list(self.taken)]
        return list(dict.fromkeys(seen))


@contextmanager
def receiving(answer: Callable[[Received], Answer] = always_takes) -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            got = Received(self.command, headers, body)
            said = receiver.answer(got)
            with receiver.changed:
                receiver.requests.append(got)
                if said and 200 <= said[0] < 300 and self.command == "POST":
                    receiver.taken.append(got)
                receiver.changed.notify_all()
            if said is None:
                self.close_connection = True
                return
            self.send_response_only(said[0])
            for name, value in {"content-length": "0", **said[1]}.items():
                self.send_header(name, value)
            self.end_headers()

        do_OPTIONS = do_POST  # noqa: N815 - the name that the library calls

        def log_message(self, *_: Any) -> None: ...

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, *_: Any) -> None: ...

    server = Server(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_address[1]}/events", answer)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
