from __future__ import annotations

import asyncio

import pytest

from isogloss.service.errors import TooManyRequestsError
from isogloss.service.middleware.admission import Gate


def test_places_queue_and_refusal() -> None:
    async def scenario() -> None:
        gate = Gate(2, 1)
        await gate.enter()
        await gate.enter()
        waiter = asyncio.create_task(gate.enter())
        await asyncio.sleep(0)
        assert (gate.inside, gate.waiting) == (2, 1)
        with pytest.raises(TooManyRequestsError) as caught:
            await gate.enter()
        assert caught.value.code == "overloaded"
        assert int(caught.value.headers["retry-after"]) >= 1
        gate.leave()
        await waiter
        assert (gate.inside, gate.waiting) == (2, 0)
        gate.leave()
        gate.leave()
        assert gate.inside == 0

    asyncio.run(scenario())


def test_those_who_wait_come_in_by_turns_and_nobody_passes_them() -> None:
    async def scenario() -> None:
        gate = Gate(1, 10)
        await gate.enter()
        order: list[int] = []

        async def visit(number: int) -> None:
            await gate.enter()
            order.append(number)
            assert gate.inside == 1
            await asyncio.sleep(0)
            gate.leave()

        visits = [asyncio.create_task(visit(number)) for number in range(5)]
        await asyncio.sleep(0)
        gate.leave()
        assert not gate.enter_at_once()
        await asyncio.gather(*visits)
        assert order == [0, 1, 2, 3, 4]
        assert gate.inside == 0

    asyncio.run(scenario())


@pytest.mark.parametrize("given_first", [False, True])
def test_who_gives_up_waiting_leaves_no_place_taken(given_first: bool) -> None:
    async def scenario() -> None:
        gate = Gate(1, 10)
        await gate.enter()
        waiter = asyncio.create_task(gate.enter())
        await asyncio.sleep(0)
        if given_first:
            gate.leave()  # the place is given, and in the same moment the waiter goes
        waiter.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiter
        if not given_first:
            gate.leave()
        assert (gate.inside, gate.waiting) == (0, 0)

    asyncio.run(scenario())


def test_the_advice_grows_with_the_queue_and_is_bounded() -> None:
    async def scenario() -> None:
        gate = Gate(1, 100)
        await gate.enter()
        for _ in range(100):
            gate.leave(2.0)
            await gate.enter()
        alone = gate.advice()
        waiters = [asyncio.create_task(gate.enter()) for _ in range(9)]
        await asyncio.sleep(0)
        assert gate.advice() == pytest.approx(10 * alone)
        assert alone == pytest.approx(2.0, rel=0.05)
        for _ in range(200):
            gate._seconds += 100
        assert gate.advice() == 60
        for waiter in waiters:
            waiter.cancel()
        await asyncio.gather(*waiters, return_exceptions=True)

    asyncio.run(scenario())
