"""Reading in a thread beside judging: the next piece is ready when it is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(items: Iterable[T]) -> Iterator[T]:
    """Yield `items` in their order, one read ahead; what goes wrong in reading is raised here."""
    iterator, end = iter(items), object()
    thread = ThreadPoolExecutor(1, thread_name_prefix="reading-ahead")
    try:
        waiting = thread.submit(next, iterator, end)
        while (item := waiting.result()) is not end:
            waiting = thread.submit(next, iterator, end)
            yield item  # type: ignore[misc]
    finally:
        thread.shutdown(wait=False, cancel_futures=True)  # who was interrupted does not wait
