"""An exchange in memory for tests of single rules: rich members, one open market, short words."""

from __future__ import annotations

from presage.domain import commands as c
from presage.domain.facts import Fact
from presage.domain.ids import AccountId, account_id
from presage.domain.orders import ASK, BID
from presage.domain.rejects import Code, Reject
from presage.engine.engine import Engine
from presage.engine.invariants import check
from presage.units import CONTRACT, DOLLAR, SECOND

DAY = 86_400 * SECOND
HALF = 5_000
"""Half a dollar as a price."""


class Exchange:
    """`members` accounts of 1 000 dollars, numbered from 1; market 1 is open for a day."""

    def __init__(self, members: int = 2, cash: int = 1_000 * DOLLAR) -> None:
        self.engine = Engine()
        self.at, self.seq = SECOND, 0
        self.do(c.Genesis(b"test", bytes(16)))
        for member in range(1, members + 1):
            self.do(c.OpenMember(member))
            self.move("world", f"cash:{account_id(member)}", cash)
        self.do(c.CreateSeries("S"))
        self.do(c.CreateEvent(1, "E"))
        self.do(c.CreateMarket(1, "M", 0, DAY))
        self.tick()

    def decide(self, command: c.Command) -> list[Fact] | Reject:
        result = self.engine.execute(command, self.seq + 1, self.at)
        if not isinstance(result, Reject):
            self.seq += 1
        check(self.engine.state)
        return result

    def do(self, command: c.Command) -> list[Fact]:
        """Carry out what must be accepted."""
        result = self.decide(command)
        assert not isinstance(result, Reject), result
        return result

    def refused(self, command: c.Command) -> Code:
        """Why a command is refused; the state must be as before."""
        before = self.engine.digest()
        result = self.decide(command)
        assert isinstance(result, Reject), f"accepted: {result}"
        assert self.engine.digest() == before, "a refused command changed something"
        return result.code

    def move(self, source: str, target: str, amount: int) -> None:
        lines = ((source, -amount), (target, amount))
        self.do(c.Move(lines, f"{self.seq}", "transfer"))

    def bid(self, member: int, price: int = HALF, count: int = CONTRACT, market: int = 1) -> int:
        return self.order(c.PlaceOrder(account_id(member), market, BID, price, count))

    def ask(self, member: int, price: int = HALF, count: int = CONTRACT, market: int = 1) -> int:
        return self.order(c.PlaceOrder(account_id(member), market, ASK, price, count))

    def order(self, command: c.PlaceOrder) -> int:
        """Place it; its id."""
        self.do(command)
        return self.seq << 20

    def cash(self, member: int) -> int:
        return self.engine.state.accounts[account_id(member)].cash

    def free(self, member: int) -> int:
        return self.engine.state.accounts[account_id(member)].available

    def position(self, account: AccountId, market: int = 1) -> int:
        holding = self.engine.state.markets[market].holdings.get(account)
        return holding.count if holding else 0

    def tick(self, later: int = 0) -> list[Fact]:
        self.at += later
        return self.do(c.Tick())
