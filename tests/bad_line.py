"""A line between two HTTP servers that loses, repeats, delays and cuts what goes over it."""

from __future__ import annotations

import http.client
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from threading import Lock, Thread
from typing import Any, NamedTuple


class Asked(NamedTuple):
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class BadLine:
    """Listens on `url`, forwards to `port` what gets through, and counts the `fates` of all."""

    FATES = ("goes", "lost", "answer lost", "twice", "late", "cut in the answer")

    def __init__(self, seed: int) -> None:
        self.port = 0  #: of the server behind it; 0: down
        self.bad = True
        self.fates: Counter[str] = Counter()
        self._random, self._lock = Random(seed), Lock()
        self._late: list[Asked] = []
        line = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                size = int(self.headers.get("content-length", 0))
                line._serve(self, Asked(
                    self.command, self.path, dict(self.headers.items()), self.rfile.read(size)
                ))  # fmt: skip

            do_GET = do_PUT = do_POST  # noqa: N815 - names that the library calls

            def log_message(self, *_: Any) -> None: ...

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: Any) -> None: ...

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _serve(self, handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        with self._lock:
            fate = self._random.choice(self.FATES) if self.bad else "goes"
            self.fates[fate] += 1
            late, self._late = (self._late, []) if self._random.random() < 0.5 else ([], self._late)
            if fate == "late":
                self._late.append(asked)
        for each in late:  # what was sent long ago arrives again, after what was sent since
            self._forward(each)
        answer = None if fate == "lost" or fate == "late" else self._forward(asked)
        if fate == "twice":
            answer = self._forward(asked)
        if answer is None or fate == "answer lost":
            handler.close_connection = True
            return
        status, headers, body = answer
        handler.send_response_only(status)
        for name, value in headers:
            if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                handler.send_header(name, value)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        if fate == "cut in the answer":
            handler.wfile.write(body[: len(body) // 2])
            handler.close_connection = True
        else:
            handler.wfile.write(body)

    def _forward(self, asked: Asked) -> tuple[int, list[tuple[str, str]], bytes] | None:
        if not self.port:
            return None
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(asked.method, asked.target, asked.body, asked.headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        except (OSError, http.client.HTTPException):
            return None  # the server behind is being restarted
        finally:
            connection.close()
