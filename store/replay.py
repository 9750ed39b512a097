"""Take a dead letter in again, as it was or mended."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import numpy as np

from ingest.intake import take_in
from ingest.registry import Registry
from store.channels import channels
from store.database import Connection
from store.dead_letters import Letter, mark_replayed
from store.quarantine import look_again
from store.readings import Writer
from store.states import intern, states


class Replay:
    """Sends dead letters through the same decoding, contract and storing as any message.

    Its readings came when the letter did, and a reading without device time is of then: so
    what was good in it is known again, and a replay is safe to repeat. A letter that is still
    unusable stays open, with what is wrong now; what is good in it is stored all the same.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._registry = Registry(
            channels(connection), states(connection), partial(intern, connection)
        )
        self._writer = Writer(connection)

    def replay(self, letter: Letter, now: int, payload: bytes | None = None) -> tuple[bool, str]:
        """Return whether the letter is done, and what became of it; `now` [µs] is noted on it."""
        intake = take_in([letter.message(payload)], self._registry, 0)
        reasons = "; ".join(dict.fromkeys(reject.reason for reject in intake.rejects))
        with self._connection.transaction():
            stored = self._writer.add(replace(intake, rejects=[]))
            fresh = intake.batch[np.flatnonzero(stored.new)]
            if len(fresh):
                look_again(self._connection, fresh)
            outcome = (
                f"{stored.stored} readings stored, {stored.duplicate} were there, "
                f"{stored.quarantined} in quarantine"
            )
            if not reasons:
                at = datetime.fromtimestamp(now / 1e6, UTC)
                mark_replayed(self._connection, letter.id, at, outcome)
        return not reasons, f"{outcome}; still unusable: {reasons}" if reasons else outcome
