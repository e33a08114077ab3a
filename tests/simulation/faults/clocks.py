"""A clock that jumps both ways: time never falls in the journal, nothing expires twice or early."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random
from typing import Final

from presage.domain.facts import OrderCanceled, OrderPlaced
from presage.storage import journal
from presage.storage.codec import NO_HASH, decode_facts
from presage.storage.database import FILE, reading
from presage.units import SECOND
from tests.api.admin.world import START, World
from tests.simulation.faults.inspection import whole
from tests.simulation.faults.outcome import Options, Outcome
from tests.simulation.faults.template import FOREVER, MARKET

HOUR: Final = 3_600
JUMPS: Final = (-24 * HOUR, -HOUR, -1, 0, 0, 0, 1, 5, 60, HOUR, 24 * HOUR)


def jumping_clock(options: Options) -> Outcome:
    """Orders with an end, placed while the exchange's clock jumps; signatures go by another one."""
    outcome = Outcome()
    data = options.folder / "clocks"
    random = Random(options.seed)
    world = World(data)
    highest = START // SECOND
    try:
        world.list_market(MARKET, close_time=FOREVER)
        for _ in range(options.cycles):
            world.now += random.choice(JUMPS) * SECOND
            world.running.services.gateway.poke()
            highest = max(highest, world.now // SECOND)
            problems = _place(world, random, highest, outcome)
            outcome.cycles += 1
            outcome.blame(f"jump {outcome.cycles} seed={options.seed}", problems)
    finally:
        world.close()
    outcome.blame("the journal", _judge(data, outcome) + whole(data).problems)
    return outcome


def _place(world: World, random: Random, highest: int, outcome: Outcome) -> list[str]:
    """One order that ends soon by the highest time there ever was."""
    body = {
        "ticker": MARKET,
        "side": random.choice(("bid", "ask")),
        "price": f"0.{random.randint(30, 70)}00",
        "count": "1.00",
        "time_in_force": "good_till_canceled",
        "self_trade_prevention_type": "taker_at_cross",
        "expiration_time": highest + random.choice((2, 30, 2 * HOUR)),
    }
    who = random.choice((world.one, world.two))
    answer = world.call("POST", "/trade-api/v2/portfolio/events/orders", body, who)
    if answer.status != 201:
        return [f"an order was answered {answer.status}: {answer.body!r}"]
    outcome.acks += 1
    return []


def _judge(data: Path, outcome: Outcome) -> list[str]:
    """What the journal says about time."""
    ends: dict[int, int] = {}
    ended: Counter[int] = Counter()
    problems, before = [], 0
    with reading(data / FILE) as connection:
        for record in journal.read(connection, 0, journal.last_seq(connection), NO_HASH):
            if record.at < before:
                problems.append(f"entry {record.seq} is earlier than the one before it")
            before = record.at
            for fact in decode_facts(record.facts):
                if isinstance(fact, OrderPlaced):
                    ends[fact.order] = fact.expires_at
                elif isinstance(fact, OrderCanceled) and fact.reason == "ExpiryCancel":
                    ended[fact.order] += 1
                    if record.at < ends[fact.order]:
                        problems.append(f"an order of entry {record.seq} ended too early")
    twice = [order for order, times in ended.items() if times > 1]
    outcome.doubled += len(twice)
    outcome.note = f"{ended.total()} orders expired, each once"
    return problems + [f"order {order} expired twice" for order in twice]
