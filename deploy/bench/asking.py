"""People and pages at work: questions at a rate, from a process of its own.

Each is timed from when it was due, so that a slow answer counts against those behind it too.
Run as `python -m deploy.bench.asking` with the fields of `Asked` as JSON; prints the times.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from http.client import HTTPConnection
from random import Random
from threading import Lock, Thread
from time import perf_counter, sleep
from urllib.parse import quote, urlsplit

PEOPLE = 24  #: connections


@dataclass
class Asked:
    """What is asked of the API at `http`, in which shares."""

    http: str
    key: str
    rate: float  #: questions a second
    seconds: float
    paths: dict[str, list[str]]  #: kind of question: what may be asked
    shares: Mapping[str, float]
    seed: int = 1
    times: dict[str, list[float]] = field(default_factory=dict)  #: [ms] by kind
    refused: dict[str, int] = field(default_factory=dict)  #: by status

    def ask(self) -> None:
        """Ask it all; the times stand in `times` afterwards."""
        random = Random(self.seed)
        kinds = random.choices(
            list(self.shares), list(self.shares.values()), k=int(self.rate * self.seconds)
        )
        self._questions = iter([(kind, random.choice(self.paths[kind])) for kind in kinds])
        self._next, self._lock, self._begun = 0, Lock(), perf_counter()
        people = [Thread(target=self._person) for _ in range(PEOPLE)]
        for person in people:
            person.start()
        for person in people:
            person.join()

    def _person(self) -> None:
        where = urlsplit(self.http)
        connection = HTTPConnection(where.hostname or "", where.port, timeout=60)
        headers = {"Authorization": f"Bearer {self.key}", "Accept-Encoding": "gzip"}
        while True:
            with self._lock:
                asked = next(self._questions, None)
                due = self._begun + self._next / self.rate
                self._next += 1
            if asked is None:
                connection.close()
                return
            sleep(max(0.0, due - perf_counter()))
            kind, path = asked
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            took = (perf_counter() - due) * 1e3
            with self._lock:
                self.times.setdefault(kind, []).append(took)
                if answer.status != 200:
                    status = f"{answer.status} {kind}"
                    self.refused[status] = self.refused.get(status, 0) + 1


def channel_path(channel: str, rest: str) -> str:
    return f"/api/v1/channels/{quote(channel, safe='/')}/{rest}"


if __name__ == "__main__":
    work = Asked(**json.loads(sys.stdin.read()))
    work.ask()
    told = asdict(work)
    print(json.dumps({name: told[name] for name in ("times", "refused")}))
