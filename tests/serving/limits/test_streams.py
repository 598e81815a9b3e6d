"""Streams: so many at once, and all are woken when the server ends."""

import asyncio

import pytest

from serving.limits.streams import Full, Streams


def test_one_more_than_may_be_is_refused_until_one_is_done() -> None:
    streams = Streams(2)
    streams.begin()
    streams.begin()
    with pytest.raises(Full):
        streams.begin()
    streams.done()
    streams.begin()
    assert streams.open == 2


def test_the_end_wakes_all_that_wait_and_nobody_waits_after_it() -> None:
    async def waits() -> None:
        streams = Streams(2)
        both = asyncio.gather(streams.pause(3600), streams.pause(3600))
        await asyncio.sleep(0)
        streams.end()
        await asyncio.wait_for(both, 30)
        await asyncio.wait_for(streams.pause(3600), 30)
        assert streams.over

    asyncio.run(waits())


def test_a_pause_ends_by_itself() -> None:
    streams = Streams(1)
    asyncio.run(asyncio.wait_for(streams.pause(0.001), 30))
    assert not streams.over
