"""Turns: so many at once, so many wait, and nobody is forgotten."""

import asyncio

import pytest

from serving.limits.turns import Full, Turns


def test_turns_are_given_in_order_and_the_queue_is_bounded() -> None:
    async def run() -> list[str]:
        turns, done = Turns(2, 3), list[str]()

        async def one(name: str) -> None:
            try:
                await turns.take()
            except Full:
                done.append(f"{name} sent away")
                return
            await asyncio.sleep(0)
            done.append(name)
            turns.give()

        await asyncio.gather(*(one(name) for name in "abcdef"))
        assert not turns.busy
        return done

    assert asyncio.run(run()) == ["f sent away", "a", "b", "c", "d", "e"]


def test_who_goes_away_while_waiting_leaves_the_queue_and_takes_no_turn_along() -> None:
    async def run() -> None:
        turns = Turns(1, 2)
        await turns.take()
        first, second = (asyncio.ensure_future(turns.take()) for _ in range(2))
        await asyncio.sleep(0)
        assert [turns.full] == [True]
        first.cancel()
        await asyncio.sleep(0)
        assert [turns.full] == [False]
        third = asyncio.ensure_future(turns.take())
        await asyncio.sleep(0)
        second.cancel()
        turns.give()  # passes over the second, before it is told to go
        await third
        with pytest.raises(asyncio.CancelledError):
            await second
        second = asyncio.ensure_future(turns.take())
        await asyncio.sleep(0)
        turns.give()  # to the second, who is told to go at the same moment
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        assert not turns.busy

    asyncio.run(run())
