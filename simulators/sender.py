"""Publish a load over MQTT 3.1.1 at QoS 1 from one core: raw packets, pipelined, resent.

Ten thousand devices cannot be ten thousand paho clients. A few connections carry them all;
what a broker has not acknowledged is sent again after a reconnect with the DUP flag, so in
the end every message was acknowledged or the sender says which were not.
"""

from __future__ import annotations

import json
import selectors
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import count
from urllib.parse import urlsplit

from simulators.connection import Connection, Tally
from simulators.load import Load

STALLED = 5.0  #: [s] without an acknowledgement after which connections are opened anew

__all__ = ["Tally", "send"]


def _in_turn(load: Load, connections: int, mine: int, messages: int) -> Iterator[int]:
    """Yield the messages of one connection: a device always has the same one."""
    for tick in count():
        for k in range(tick * load.groups + mine, (tick + 1) * load.groups, connections):
            if k >= messages:
                return
            yield k
        if tick * load.groups >= messages:
            return


def send(
    load: Load,
    url: str,
    messages: int,
    connections: int = 4,
    window: int = 2000,
    patience: float = 60.0,
    watch: Callable[[Tally], None] | None = None,
) -> Tally:
    """Publish the first `messages` messages of `load`; return when all are acknowledged.

    Message k goes out k / rate [s] after the first, or as soon after as the broker lets it.
    `window` is how many one connection has in flight. `watch` is called about once a second.

    Raises
    ------
    TimeoutError
        Nothing was acknowledged for `patience` seconds: how many messages are missing.
    """
    parts = urlsplit(url)
    tally = Tally()
    clients = [
        Connection(
            parts.hostname or "127.0.0.1",
            parts.port or 1883,
            f"{load.prefix}-{load.seed}-{place}",
            window,
            tally,
        )
        for place in range(connections)
    ]
    turns = [_in_turn(load, connections, place, messages) for place in range(connections)]
    upcoming = [next(turn, None) for turn in turns]
    began = moved_at = watched_at = asked_at = time.time()
    acknowledged = 0
    while tally.acknowledged < messages:
        now = time.time()
        due = int((now - began) * load.rate) + 1
        with selectors.DefaultSelector() as selector:
            for client in clients:
                if client.socket is None and now >= client.try_again_at:
                    client.open(now)
                if client.socket is not None:
                    wants = selectors.EVENT_READ
                    if client.out:
                        wants |= selectors.EVENT_WRITE
                    selector.register(client.socket, wants, client)
            for key, _ in selector.select(0.005):
                key.data.read()
        for place, client in enumerate(clients):
            k = upcoming[place]
            while k is not None and k < due and client.has_room():
                client.publish(*load.message(k))
                k = next(turns[place], None)
            upcoming[place] = k
            client.write(now)
            if k is not None:
                tally.behind = max(tally.behind, now - began - k / load.rate)
        tally.seconds = now - began
        if tally.acknowledged > acknowledged or now < began:
            acknowledged, moved_at = tally.acknowledged, now
        elif now - moved_at > patience:
            raise TimeoutError(f"{messages - acknowledged} messages were never acknowledged")
        elif now - max(moved_at, asked_at) > STALLED:
            asked_at = now  # MQTT sends again only after a reconnect
            for client in clients:
                if client.ready and client.unacknowledged:
                    client.lose()
        if watch is not None and now - watched_at >= 1:
            watched_at = now
            watch(tally)
    for client in clients:
        client.close()
    return tally


def main() -> None:
    """Send a load from a process of its own and print the tally as JSON, a line a second."""
    reader = ArgumentParser(description=main.__doc__)
    reader.add_argument("url")
    reader.add_argument("messages", type=int)
    reader.add_argument("load", type=json.loads, help='fields of Load as JSON: {"rate": 2000}')
    reader.add_argument("--connections", type=int, default=4)
    reader.add_argument("--window", type=int, default=2000)
    reader.add_argument("--patience", type=float, default=60.0)
    given = reader.parse_args()

    def show(tally: Tally) -> None:
        print(json.dumps(asdict(tally)), flush=True)

    show(
        send(
            Load(**given.load),
            given.url,
            given.messages,
            given.connections,
            given.window,
            given.patience,
            show,
        )
    )


if __name__ == "__main__":
    main()
