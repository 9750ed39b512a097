"""Take a dead letter in again, as it was or mended."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import numpy as np

from ingest.formats import decode
from ingest.intake import take_in
from ingest.message import Message
from ingest.registry import Registry
from store.channels import channels
from store.database import Connection
from store.dead_letters import AS_IT_WAS, By, Letter, Mended, log_line, mark_replayed
from store.quarantine import look_again
from store.readings import Writer
from store.statements import statements
from store.states import intern, states


class Replay:
    """Sends dead letters through the same decoding, contract and storing as any message.

    Its readings came when the letter did, and a reading without device time is of then: so
    what was good in it is known again, and a replay is safe to repeat. A letter that is still
    unusable stays open, with what is wrong now; what is good in it is stored all the same.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._registry = Registry([], states(connection), partial(intern, connection))
        self._met: set[str] = set()  #: devices whose channels the registry has
        self._writer = Writer(connection)

    def replay(
        self, letter: Letter, now: int, by: By, mended: Mended = AS_IT_WAS
    ) -> tuple[bool, str]:
        """Return whether the letter is done, and what became of it.

        `now` [µs], who did it and what was mended are noted in its log; the letter itself stays
        as it came. One that is done already is not sent again unless it is mended.
        """
        at = datetime.fromtimestamp(now / 1e6, UTC)
        with self._connection.transaction():
            row = self._connection.execute(
                statements("upkeep")["hold_letter"], {"id": letter.id}
            ).fetchone()
            if row is not None and row[0] is not None and mended == AS_IT_WAS:
                return True, str(row[2])
            message = letter.message(mended)
            self._meet(message)
            intake = take_in([message], self._registry, 0)
            reasons = "; ".join(dict.fromkeys(reject.reason for reject in intake.rejects))
            stored = self._writer.add(replace(intake, rejects=[]))
            fresh = intake.batch[np.flatnonzero(stored.new)]
            if len(fresh):
                look_again(self._connection, fresh)
            outcome = (
                f"{stored.stored} readings stored, {stored.duplicate} were there, "
                f"{stored.quarantined} in quarantine"
            )
            if reasons:
                outcome += f"; still unusable: {reasons}"
            else:
                mark_replayed(self._connection, letter.id, at, outcome)
            log_line(self._connection, letter.id, at, by, mended, outcome)
        return not reasons, outcome

    def _meet(self, message: Message) -> None:
        """Learn the channels of the devices in a message: a city's would take seconds to read."""
        devices = {device for device, _ in decode([message]).address} - self._met
        for device in sorted(devices):
            self._registry.add(channels(self._connection, device))
        self._met |= devices
