"""Streams: so many at once, one pulse for all, and all end when the server does."""

import asyncio

import pytest

from serving.limits import streams as module
from serving.limits.streams import Full, Stream, Streams

PATIENCE = 30


async def _next(one: Stream) -> bytes:
    return await asyncio.wait_for(one.next(), PATIENCE)


def test_one_more_than_may_be_is_refused_until_one_is_done() -> None:
    async def fills() -> None:
        streams = Streams(2)
        first = streams.begin(lambda: b"1")
        streams.begin(lambda: b"1")
        with pytest.raises(Full):
            streams.begin(lambda: b"1")
        streams.done(first)
        streams.begin(lambda: b"1")

    asyncio.run(fills())


def test_all_are_told_the_same_bytes_when_it_changes_and_who_reads_slowly_the_newest_alone() -> None:
    async def tells() -> None:
        told = [b"1"]
        streams = Streams(3, 0.001)
        quick, other, slow = (streams.begin(lambda: told[0]) for _ in range(3))
        assert [await _next(one) for one in (quick, other)] == [b"data: 1\n\n"] * 2
        told[0] = b"2"
        first, second = await _next(quick), await _next(other)
        assert first == b"data: 2\n\n"
        assert first is second
        told[0] = b"3"
        assert await _next(quick) == b"data: 3\n\n"
        assert await _next(slow) == b"data: 3\n\n"
        assert len(asyncio.all_tasks()) == 2  # this one, and one pulse for all three

    asyncio.run(tells())


def test_who_may_not_any_more_is_told_nothing_not_even_what_waits() -> None:
    async def ends() -> None:
        may = [True]
        streams = Streams(2, 0.001)
        one, other = streams.begin(lambda: b"1", lambda: may[0]), streams.begin(lambda: b"1")
        may[0] = False
        await asyncio.sleep(0.05)
        assert await _next(one) == b""
        assert await _next(other) == b"data: 1\n\n"

    asyncio.run(ends())


def test_a_quiet_stream_is_sent_a_comment_that_takes_nothing_of_what_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    async def beats() -> None:
        monkeypatch.setattr(module, "BEAT", 2)
        streams = Streams(2, 0.001)
        read, waiting = streams.begin(lambda: b"1"), streams.begin(lambda: b"1")
        assert await _next(read) == b"data: 1\n\n"
        assert await _next(read) == b": \n\n"
        assert await _next(waiting) == b"data: 1\n\n"

    asyncio.run(beats())


def test_the_end_wakes_all_and_who_comes_after_it_is_told_once() -> None:
    async def ends() -> None:
        streams = Streams(3, 3600)
        both = [streams.begin(lambda: b"1") for _ in range(2)]
        for one in both:
            await _next(one)
        waiting = asyncio.gather(*(_next(one) for one in both))
        await asyncio.sleep(0)
        streams.end()
        assert await waiting == [b"", b""]
        after = streams.begin(lambda: b"1")
        assert [await _next(after), await _next(after)] == [b"data: 1\n\n", b""]

    asyncio.run(ends())
