"""Who asks for the benchmark counts every question, from when it was due."""

import asyncio
from collections import Counter

import pytest

from deploy.bench.asking import PEOPLE, Asked

BUSY = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
FINE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def asked(answer, **how):
    """Ask a server that answers by `answer(path, nth)`: bytes, or None to hang up."""
    seen = []

    async def serve(reader, writer):
        while (head := await reader.readuntil(b"\r\n\r\n")) != b"":
            path = head.split()[1].decode()
            seen.append(path)
            told = await answer(path, len(seen))
            if told is None:
                break
            writer.write(told)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    work = Asked(f"http://127.0.0.1:{port}", "key", **how)
    try:
        await work.ask()
    finally:
        server.close()
    return work, seen


SHARES = {"rate": 500.0, "paths": {"a": ["/a/1", "/a/2"], "b": ["/b"]}, "shares": {"a": 3, "b": 1}}


def test_every_question_is_asked_once_and_timed_by_its_kind():
    async def fine(path, nth):
        return FINE

    work, seen = asyncio.run(asked(fine, seconds=0.4, **SHARES))
    kinds = Counter(path[1] for path in seen)
    assert {kind: len(times) for kind, times in work.times.items()} == kinds
    assert sum(kinds.values()) == 200
    assert set(seen) == {"/a/1", "/a/2", "/b"}
    assert 2 < kinds["a"] / kinds["b"] < 5
    assert work.refused == {}


def test_what_is_asked_before_it_counts_is_not_timed():
    async def fine(path, nth):
        return FINE

    work, seen = asyncio.run(asked(fine, seconds=0.2, warm=0.2, **SHARES))
    assert len(seen) == 200
    assert sum(map(len, work.times.values())) == 100


def test_who_waits_behind_others_has_waited_since_the_question_was_due():
    free = asyncio.Event()

    async def slow(path, nth):
        if nth == PEOPLE:
            asyncio.get_running_loop().call_later(0.3, free.set)
        await free.wait()
        return FINE

    work, seen = asyncio.run(asked(slow, seconds=0.2, **SHARES))
    every = [took for times in work.times.values() for took in times]
    assert len(every) == len(seen) == 100
    assert min(every) > 50  # though all but the first were answered at once


def test_refusals_are_counted_by_status_and_kind():
    async def busy(path, nth):
        return BUSY if path == "/b" else FINE

    work, seen = asyncio.run(asked(busy, seconds=0.2, **SHARES))
    assert work.refused == {"503 b": seen.count("/b")}


def test_a_server_that_hangs_up_ends_it():
    async def gone(path, nth):
        return None if nth == 7 else FINE

    with pytest.raises(ConnectionError, match="closed"):
        asyncio.run(asked(gone, seconds=0.2, **SHARES))
