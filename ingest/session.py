"""A lasting MQTT session: what a broker publishes to us goes to the inbox, whatever happens."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from threading import Event, Thread
from time import monotonic

from ingest.connection import Connection
from ingest.endpoint import FIVE, FOUR, KEEPALIVE, Endpoint
from ingest.inbox import Inbox
from ingest.message import Message
from ingest.topics import Topic, Topics
from ingest.wire import Published

log = logging.getLogger(__name__)

ANSWER_WITHIN = 5.0  #: [s] some brokers that do not speak MQTT 5 say nothing at all to it
FIRST_PAUSE = 0.1  #: [s] before connecting again; doubles up to LONGEST_PAUSE
LONGEST_PAUSE = 15.0
SETTLED = 10.0  #: [s] a connection that lasted longer was a good one: start from FIRST_PAUSE again


class Session:
    """Receives at QoS 1 in a thread of its own and acknowledges when it is told to.

    A message's token is (connection, packet identifier). Nothing is acknowledged by itself and
    nothing is dropped: when the inbox is full the socket is not read, and the broker waits.
    Unacknowledged messages come again with the next connection, never on the same one; a
    connection that pings but delivers nothing for `silent_after` [s], after it once did, is
    therefore exchanged. `now` gives [µs since 1970 UTC] for the stamps of receipt.
    """

    def __init__(
        self,
        name: str,
        endpoint: Endpoint,
        topics: Sequence[Topic],
        inbox: Inbox,
        now: Callable[[], int],
        share: str | None = None,
        silent_after: float = 300.0,
    ) -> None:
        self.name = name
        self.problem: str | None = "not connected yet"  #: for the operator; None when all is well
        self.protocol = FIVE
        self._endpoint, self._inbox, self._now = endpoint, inbox, now
        self._topics = Topics(topics)
        prefix = f"$share/{share}/" if share else ""
        self._filters = [prefix + topic.subscription for topic in topics]
        self._silent_after = silent_after
        self._connection: Connection | None = None
        self._subscribed = False
        self._expecting = False  #: there were messages once
        self._doubtful = True  #: subscribe although the broker says that the session is present
        self._last_stamp = 0
        self._listened: list[tuple[int, int]] = []
        self._since: int | None = None
        self._heard = 0
        self.listening = Event()  #: set while connected and subscribed
        self.lost = Event()  #: set once a connection has ended, with the reason in `problem`
        self._pausing, self._paused, self._stopping = Event(), Event(), Event()
        self._thread = Thread(target=self._guarded, name=f"session {name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def pause(self, within: float = 10.0) -> None:
        """Stop reading; return once all that was read is in the inbox. Acknowledging goes on.

        After `within` [s] return anyway: the inbox is full and nobody drains it. The broker
        has what did not fit, and sends it again.
        """
        self._pausing.set()
        self._wake()
        self._paused.wait(within if self._thread.is_alive() else 0)

    def close(self) -> None:
        """Send the acknowledgements that are due and disconnect; the broker keeps the session."""
        self._pausing.set()
        self._stopping.set()
        self._wake()
        self._thread.join()

    def reconnect(self) -> None:
        """Give up the connection and make a new one: unacknowledged messages come again."""
        if self._connection is not None:
            self._connection.over = True
            self._wake()

    def listened(self) -> list[tuple[int, int]]:
        """Return the intervals (began, until) [µs] in which we heard the broker.

        The ended ones once, the one that goes on each time; its `began` stays the same.
        """
        ended, self._listened = self._listened, []
        since = self._since
        return ended if since is None else [*ended, (since, self._heard)]

    def _wake(self) -> None:
        if self._connection is not None:
            self._connection.wake()

    def _guarded(self) -> None:
        try:
            self._run()
        finally:
            self.problem = "not receiving: the session has ended"
            self.listening.clear()
            self._paused.set()

    def _run(self) -> None:
        pause, first = FIRST_PAUSE, self._silent_after
        silence = first
        while not self._pausing.is_set():
            began = monotonic()
            try:
                connection = Connection(
                    self._endpoint, self.protocol, self._filters, self._doubtful
                )
            except (OSError, ValueError) as why:
                self.problem = f"cannot reach {self._endpoint.url}: {why}"
            else:
                self._connection = connection
                given_up = self._serve(connection, silence)
                self._doubtful = given_up is not None or not self._subscribed
                silence = min(2 * silence, 8 * first) if given_up else first
                self._end(connection, given_up, began)
            log.info("%s: %s", self.name, self.problem)
            pause = FIRST_PAUSE if monotonic() - began > SETTLED else min(2 * pause, LONGEST_PAUSE)
            self._pausing.wait(pause)

    def _serve(self, connection: Connection, silence: float) -> str | None:
        """Serve one connection until it is over; return why, if it was us who gave it up."""
        began = quiet_since = monotonic()
        while not connection.over and not self._stopping.is_set():
            if self._pausing.is_set():
                self._paused.set()
            taken = connection.turn(reading=not self._pausing.is_set())
            if connection.subscribed and not connection.over:
                self._note_listening(connection.heard)
            if taken:
                self._expecting = True
                self._hand_over(connection, taken)
                quiet_since = monotonic()
            elif not connection.answered and monotonic() - began > ANSWER_WITHIN:
                return f"{self._endpoint.url} does not answer"
            elif self._expecting and monotonic() - quiet_since > silence:
                return f"connected, but no message for {silence:.0f} s: connecting again"
        return None

    def _note_listening(self, heard: bool) -> None:
        if self._since is None:
            self._since = self._heard = self._now()
            self._subscribed = True
            self.problem = None
            self.listening.set()
        elif heard:
            self._heard = self._now()

    def _end(self, connection: Connection, given_up: str | None, began: float) -> None:
        if self._since is not None:
            self._listened.append((self._since, self._heard))
            self._since = None
        self.listening.clear()
        connection.close()
        hung_up = not (connection.answered or self._subscribed)
        if connection.wrong_protocol or hung_up:
            self.protocol = FOUR if self.protocol == FIVE else FIVE
        lost = "the connection was lost"
        if connection.subscribed and monotonic() - began < SETTLED:
            lost += f" at once: another client may use the name {self._endpoint.client_id}"
        self.problem = connection.refusal or given_up or lost
        self.lost.set()

    def _hand_over(self, connection: Connection, taken: list[Published]) -> None:
        """Put what was published into the inbox; while it is full, only acknowledge and ping."""
        messages = self._stamp(connection, taken)
        pinged = monotonic()
        while not self._inbox.put(messages, timeout=0.1) and not self._inbox.closed:
            if self._stopping.is_set():
                return
            if not connection.over:
                connection.turn(reading=False, wait=0)
            if monotonic() - pinged > KEEPALIVE / 2 and not connection.over:
                connection.ping()
                pinged = monotonic()

    def _stamp(self, connection: Connection, taken: list[Published]) -> list[Message]:
        now = max(self._now(), self._last_stamp + 1)
        self._last_stamp = now + len(taken) - 1
        resolve, name = self._topics.resolve, self.name
        return [
            Message(
                name,
                topic,
                payload,
                received,
                *resolve(topic),
                redelivered,
                (connection, mid) if mid else None,
            )
            for received, (topic, payload, mid, redelivered) in enumerate(taken, now)
        ]
