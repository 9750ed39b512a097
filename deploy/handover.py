"""Between storing and judging: what is stored waits here, within bounds, to be judged."""

from __future__ import annotations

from collections import deque
from threading import Condition

from ingest.batch import Batch, concatenate

MOST_BATCHES = 64  #: that wait; then storing waits too, and with it the senders
MOST_ROWS = 1_000_000  #: likewise


class Handover:
    """Stored batches on their way from the storing thread to the judging thread.

    A judge that is slow slows the senders. One that fails does not: all it was given is in the
    store, so when it falls behind, what waits is dropped, and so is what comes until it begins
    anew from there.

    What waits here is judged when nothing waits in `after`, and no sender is ever slowed for it:
    so it is with readings of drills, which come after live ones.
    """

    def __init__(
        self,
        most: int = MOST_BATCHES,
        most_rows: int = MOST_ROWS,
        after: Handover | None = None,
    ) -> None:
        self._most, self._most_rows = most, most_rows
        self._after = after
        self._waiting: deque[Batch] = deque()
        self._rows = 0
        self.closed = False  #: nothing more will be put
        self._failing = self._dropped = False
        self._changed = Condition()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def dropped(self) -> bool:
        """Whether something was dropped that only the store has now."""
        return self._dropped

    @property
    def ended(self) -> bool:
        """Whether all was taken and nothing more will come."""
        with self._changed:
            return self.closed and not self._waiting and not self._dropped

    def put(self, batch: Batch, timeout: float) -> bool:
        """Add `batch`; return False where a working judge makes no room within `timeout` [s]."""
        with self._changed:
            if self._after is None and not self._changed.wait_for(
                lambda: self._failing or not self._is_full(), timeout
            ):
                return False
            if self._is_full():
                self._waiting.clear()
                self._rows = 0
                self._dropped = True
            if not self._dropped:
                self._waiting.append(batch)
                self._rows += len(batch)
                self._changed.notify_all()
            return True

    def take(self, most_rows: int, wait: float) -> Batch:
        """Return what waits as one batch, empty when nothing comes within `wait` [s].

        It is the least number of whole batches that have `most_rows`, or all.
        """
        if self._after is not None:
            self._after.wait_until_taken()
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._dropped or self.closed, wait)
            found: list[Batch] = []
            rows = 0
            while self._waiting and rows < most_rows:
                found.append(self._waiting.popleft())
                rows += len(found[-1])
            self._rows -= rows
            self._changed.notify_all()
        return concatenate(found)

    def wait_until_taken(self) -> None:
        """Return when nothing waits here, or nothing more will be put or taken."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting or self.closed or self._failing)

    def begin_anew(self) -> None:
        """Hear that the judge is about to read in the store what was dropped."""
        with self._changed:
            self._dropped = False

    def fail(self, failing: bool) -> None:
        """Hear whether the judge fails: then nobody waits for it."""
        with self._changed:
            self._failing = failing
            self._changed.notify_all()

    def close(self) -> None:
        """Hear that nothing more will be put."""
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def _is_full(self) -> bool:
        return len(self._waiting) >= self._most or self._rows >= self._most_rows
