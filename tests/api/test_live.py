"""What one stream does to the others, and they to it; the database has no part in this."""

import asyncio

from api.live import BEHIND, Live


def live():
    return Live("", lambda heard: [], lambda: {"now": "noon"}, lambda stirred: None)


def number(message):
    return int(message.partition(b'{"n":')[2].partition(b"}")[0])


def test_who_reads_too_slowly_is_let_go_and_finds_the_rest_when_it_comes_back():
    async def scene():
        here = live()
        slow = here.stream("")
        await anext(slow)
        for n in range(BEHIND + 3):
            here.publish("case", {"n": n})
        assert not here.streams, "nothing more is kept for it"
        read = [message async for message in slow]
        assert [number(message) for message in read] == list(range(BEHIND))
        last_id = read[-1].partition(b"\n")[0].removeprefix(b"id: ").decode()
        back = here.stream(last_id)
        missed = (await anext(back)).split(b"event: case")[1:]
        assert [number(message) for message in missed] == [BEHIND, BEHIND + 1, BEHIND + 2]
        await back.aclose()

    asyncio.run(scene())


def test_a_slow_reader_slows_nobody_else():
    async def scene():
        here = live()
        slow, quick = here.stream(""), here.stream("")
        await anext(slow)
        await anext(quick)
        for n in range(2 * BEHIND):
            here.publish("case", {"n": n})
            assert number(await anext(quick)) == n
        assert len(here.streams) == 1
        await quick.aclose()
        await slow.aclose()

    asyncio.run(scene())
