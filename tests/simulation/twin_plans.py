"""What is planned ahead, once more: pauses, fees to come and cutoffs, each looked at by itself.

Unlike the rest of what operators wish, the twin decides this too: it is told no fact of it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace as Record
from typing import Any

from presage.domain import commands as c
from presage.domain import plan_commands as p
from presage.domain.cutoffs import SetCutoffs
from presage.domain.facts import EventFeesSet, SeriesFeesSet
from presage.domain.fees import MAKER_RATES
from presage.domain.hours import SetHours
from presage.domain.ids import make_id
from presage.domain.rejects import Code
from presage.units import SECOND
from tests.simulation.twin_desk import need

DAY = 86_400 * SECOND
NAMES = ("markets", "trades", "orders", "positions")


class TwinPlans:
    """`pauses` are planned or on; `charged` are the fees that the last command brought about."""

    def __init__(self, twin: Any) -> None:
        self.twin = twin
        self.wished = (True, True)
        self.pauses = dict[int, Any]()
        self.fees = dict[int, Any]()
        self.charged = list[Any]()
        self.cutoffs = dict.fromkeys(NAMES, 0)
        self.live_days = self.rolls_at = 0
        self.hours = SetHours()
        self.closed = False

    def switches(self) -> tuple[bool, bool]:
        """What is on now: as it was wished, but for pauses that have begun."""
        on = [pause for pause in self.pauses.values() if pause.on]
        exchange = self.wished[0] and not any(pause.exchange for pause in on)
        return exchange, self.wished[1] and not on and not self.closed

    def set_hours(self, w: SetHours) -> None:
        self.hours = w
        self.watch_the_clock()
        self.twin.hear(w)

    def watch_the_clock(self) -> None:
        """Closed unless a session of today says otherwise, or there are none at all."""
        zone = sum(offset.seconds for offset in self.hours.offsets)
        local = datetime.fromtimestamp(self.twin.at // SECOND + zone, UTC)
        minute = local.hour * 60 + local.minute
        self.closed = self.hours.sessions != () and not any(
            one.weekday == local.weekday() and one.opens <= minute < one.closes
            for one in self.hours.sessions
        )

    def set_pause(self, w: c.SetPause) -> None:
        self.wished = w.exchange, w.trading
        self.twin.hear(w)

    def plan_pause(self, w: p.PlanPause) -> None:
        need(w.window not in (0, *self.pauses), Code.INVALID_VALUE)
        need(self.twin.at < w.end > w.start, Code.INVALID_TIMES)
        self.pauses[w.window] = Record(
            start=w.start, end=w.end, exchange=w.exchange, on=w.start <= self.twin.at
        )
        self.twin.hear(w)

    def drop_pause(self, w: p.DropPause) -> None:
        need(w.window in self.pauses, Code.PLAN_NOT_FOUND)
        del self.pauses[w.window]
        self.twin.hear(w)

    def plan_fees(self, w: p.PlanFees) -> None:
        if w.event:
            need(w.event in self.twin.events, Code.EVENT_NOT_FOUND)
        else:
            need(w.series in self.twin.series, Code.SERIES_NOT_FOUND)
        sound = w.fee_type in MAKER_RATES and 0 <= w.multiplier <= 1_000_000
        need(sound or (w.event and not w.fee_type), Code.INVALID_VALUE)
        need(w.due > self.twin.at, Code.INVALID_TIMES)
        self.fees[make_id(self.twin.seq, 0)] = w

    def drop_fees(self, w: p.DropFees) -> None:
        need(w.change in self.fees, Code.PLAN_NOT_FOUND)
        del self.fees[w.change]

    def set_cutoffs(self, w: SetCutoffs) -> None:
        wanted = {name: getattr(w, name) or self.cutoffs[name] for name in NAMES}
        forward = all(wanted[name] >= self.cutoffs[name] for name in NAMES)
        need(forward and max(wanted.values()) <= self.twin.at, Code.INVALID_TIMES)
        self.cutoffs = wanted
        self.live_days = self.live_days if w.live_days < 0 else w.live_days
        self.roll()

    def roll(self) -> None:
        today = self.twin.at // DAY * DAY
        self.rolls_at = today + DAY if self.live_days else 0
        if self.live_days:
            oldest = today - self.live_days * DAY
            self.cutoffs = {name: max(at, oldest) for name, at in self.cutoffs.items()}

    def tick(self, w: c.Tick) -> None:
        """Whatever is due happens, also what began and ended while nobody looked."""
        at = self.twin.at
        for pause in self.pauses.values():
            pause.on = pause.on or pause.start <= at
        self.pauses = {n: pause for n, pause in self.pauses.items() if pause.end > at}
        due = sorted((w.due, id_) for id_, w in self.fees.items() if w.due <= at)
        for _, id_ in due:
            plan = self.fees.pop(id_)
            kind, subject = (
                (EventFeesSet, plan.event) if plan.event else (SeriesFeesSet, plan.series)
            )
            self.charged.append(kind(subject, plan.fee_type, plan.multiplier, id_))
        if 0 < self.rolls_at <= at:
            self.roll()
        self.watch_the_clock()
        self.twin.hear(w)
