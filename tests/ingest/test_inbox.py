from threading import Thread

import pytest

from ingest.inbox import OVERHEAD, Full, Inbox
from ingest.message import Message

PATIENCE = 20.0  # [s]


def messages(*sizes):
    return [Message("test", "t", b"x" * size, number) for number, size in enumerate(sizes, 1)]


def drain(inbox, **bounds):
    return inbox.drain(**{"linger": 0, "wait": PATIENCE, **bounds})


def test_messages_come_out_in_their_order_and_no_more_than_asked_for():
    inbox = Inbox()
    inbox.put(messages(1, 1, 1, 1, 1))
    assert [m.received for m in drain(inbox, most=2)] == [1, 2]
    assert inbox.oldest() == 3
    assert [m.received for m in drain(inbox)] == [3, 4, 5]
    assert (inbox.oldest(), len(inbox), inbox.bytes) == (None, 0, 0)


def test_a_drain_ends_with_the_message_that_fills_it():
    inbox = Inbox()
    inbox.put(messages(1000, 1000, 1000))
    assert len(drain(inbox, most_bytes=1500)) == 2
    assert inbox.bytes == 1000 + OVERHEAD


@pytest.mark.parametrize("bounds", [{"most": 3}, {"most_bytes": 3 * (OVERHEAD + 10)}])
def test_who_finds_no_room_waits_or_is_told(bounds):
    inbox = Inbox(**bounds)
    assert inbox.put(messages(10, 10, 10))
    assert not inbox.put(messages(10), timeout=0)
    with pytest.raises(Full):
        inbox.submit(messages(10))
    waiting = Thread(target=inbox.put, args=(messages(10, 10),))
    waiting.start()
    assert len(drain(inbox, most=2)) == 2
    waiting.join(PATIENCE)
    assert not waiting.is_alive()
    assert len(inbox) == 3


def test_a_group_larger_than_the_bounds_goes_when_nothing_else_waits():
    inbox = Inbox(most=2)
    assert inbox.put(messages(1, 1, 1), timeout=0)
    assert not inbox.put(messages(1, 1, 1), timeout=0)
    assert len(drain(inbox)) == 3


def test_a_closed_inbox_takes_no_more_and_gives_what_it_has():
    inbox = Inbox(most=1)
    inbox.put(messages(1))
    waiting = Thread(target=inbox.put, args=(messages(1),))
    waiting.start()
    inbox.close()
    waiting.join(PATIENCE)
    assert not waiting.is_alive()
    assert not inbox.put(messages(1))
    assert len(drain(inbox)) == 1
    assert drain(inbox) == []
