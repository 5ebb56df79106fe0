"""As many calls at a time as an upstream bears."""

import asyncio
from collections import Counter

import pytest

from adapters.system import SystemClock
from application.tempo import Lane, Tempo, TempoSettings
from domain.errors import OrderNotFound, OrderUnavailable, ProviderUnavailable
from tests.fakes.clock import FrozenClock


class Upstream:
    """Answers, or refuses as often as told; knows how many calls it had at once."""

    def __init__(self, *, refuse: int = 0, retry_after: float = 0.0) -> None:
        self.refuse = refuse
        self.retry_after = retry_after
        self.in_flight = self.most = self.calls = 0

    async def __call__(self) -> str:
        self.calls += 1
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        self.in_flight -= 1
        if self.refuse:
            self.refuse -= 1
            raise ProviderUnavailable("too many", sent=False, retry_after=self.retry_after)
        return "read"


def tempo(clock: FrozenClock, **settings: float) -> Tempo:
    return Tempo(TempoSettings(**settings), clock)  # type: ignore[arg-type]


@pytest.fixture
def impatient() -> FrozenClock:
    return FrozenClock(impatient=True)


async def test_calls_at_once_grow_while_answers_come_and_stay_within_their_bound(impatient: FrozenClock) -> None:
    upstream, paced, counted = Upstream(), tempo(impatient, at_first=2, at_once=5), Counter[str]()
    await asyncio.gather(*(paced.read("qliro", "m", upstream, counted) for _ in range(200)))
    assert upstream.most == 5
    assert counted == {"qliro": 200}


async def test_trouble_halves_them_and_is_waited_out_as_long_as_asked(impatient: FrozenClock) -> None:
    upstream, paced = Upstream(refuse=1, retry_after=7), tempo(impatient, at_first=8, at_once=8)
    before = impatient.now()
    assert await paced.read("qliro", "m", upstream, Counter()) == "read"
    assert paced.lane("qliro", "m").limit == 4
    assert (impatient.now() - before).total_seconds() == pytest.approx(7, abs=0.01)
    assert upstream.calls == 2


async def test_one_merchants_trouble_is_not_anothers(impatient: FrozenClock) -> None:
    paced = tempo(impatient, at_first=8, at_once=8)
    with pytest.raises(ProviderUnavailable):
        await paced.read("qliro", "sick", Upstream(refuse=99), Counter())
    assert paced.lane("qliro", "sick").limit == 1
    assert paced.lane("qliro", "well").limit == 8
    assert paced.lane("norce", "sick").limit == 8


async def test_what_is_an_answer_is_not_asked_for_again(impatient: FrozenClock) -> None:
    calls = 0

    async def missing() -> None:
        nonlocal calls
        calls += 1
        raise OrderNotFound("none")

    with pytest.raises(OrderNotFound):
        await tempo(impatient).read("norce", "m", missing, Counter())
    assert calls == 1


async def test_a_read_that_stays_without_answer_is_given_up(impatient: FrozenClock) -> None:
    async def away() -> None:
        raise OrderUnavailable("away")

    counted = Counter[str]()
    with pytest.raises(OrderUnavailable):
        await tempo(impatient).read("norce", "m", away, counted)
    assert counted == {"norce": 4}


async def test_a_rate_is_kept(impatient: FrozenClock) -> None:
    upstream, paced, before = Upstream(), tempo(impatient, per_second=10), impatient.now()
    await asyncio.gather(*(paced.read("qliro", "m", upstream, Counter()) for _ in range(51)))
    assert (impatient.now() - before).total_seconds() >= 4.9


async def test_an_upstream_that_is_away_is_asked_now_and_then_until_it_is_back(impatient: FrozenClock) -> None:
    upstream, paced, counted = Upstream(refuse=10_000), tempo(impatient, at_once=8), Counter[str]()

    async def read() -> object:
        return await paced.read("qliro", "m", upstream, counted)

    await asyncio.gather(*(read() for _ in range(30)), return_exceptions=True)
    asked, began = upstream.calls, impatient.now()
    silent = await asyncio.gather(*(read() for _ in range(1_000)), return_exceptions=True)
    assert all(isinstance(failure, ProviderUnavailable) for failure in silent)
    assert upstream.calls - asked <= 2
    assert (impatient.now() - began).total_seconds() < 5
    upstream.refuse = 0
    impatient.advance(6)
    assert [await read() for _ in range(3)] == ["read"] * 3


async def test_an_upstream_that_is_away_for_all_is_not_waited_for_merchant_by_merchant(
    impatient: FrozenClock,
) -> None:
    upstream, paced = Upstream(refuse=100_000), tempo(impatient)
    began = impatient.now()
    for number in range(200):
        with pytest.raises(ProviderUnavailable):
            await paced.read("qliro", f"m{number}", upstream, Counter())
    assert (impatient.now() - began).total_seconds() < 120
    assert upstream.calls < 300
    upstream.refuse = 0
    impatient.advance(6)
    assert await paced.read("qliro", "m7", upstream, Counter())
    upstream.refuse = 3
    assert await paced.read("qliro", "new", upstream, Counter()), "it answers others: that is trouble as usual"


async def test_one_merchants_silence_is_not_the_others(impatient: FrozenClock) -> None:
    silent, fine, paced = Upstream(refuse=10_000), Upstream(), tempo(impatient)
    for _ in range(30):
        with pytest.raises(ProviderUnavailable):
            await paced.read("qliro", "silent", silent, Counter())
        assert await paced.read("qliro", "fine", fine, Counter())
    fine.refuse = 3
    assert await paced.read("qliro", "fine", fine, Counter())


async def test_whoever_stops_waiting_for_a_turn_gives_the_place_back() -> None:
    lane = Lane(TempoSettings(at_first=1, at_once=1, per_second=0.02), SystemClock())
    await lane.enter()
    await lane.leave(answered=True)
    waiting = asyncio.create_task(lane.enter())
    await asyncio.sleep(0.05)
    waiting.cancel()
    await asyncio.wait([waiting])
    entering = asyncio.create_task(lane.enter())
    await asyncio.sleep(0.05)
    assert lane.in_flight == 1, "the next one has the place, and waits for its turn"
    entering.cancel()
    await asyncio.wait([entering])
    assert lane.in_flight == 0
