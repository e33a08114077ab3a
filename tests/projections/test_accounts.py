"""The stored balances, the ones in memory and the engine's own agree, whatever happens."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from presage.domain.commands import (
    CancelAll,
    Command,
    CreateGroup,
    Move,
    OpenAccount,
    PlaceOrder,
    SetNetting,
    VoidMarket,
)
from presage.domain.ids import account_id
from presage.domain.orders import GTC, IOC
from presage.feeds.accounts import Accounts as View
from presage.projections import groups, positions, transfers
from presage.projections.accounts import Accounts
from presage.projections.groups import Groups
from presage.projections.orders import Orders
from presage.projections.positions import Positions
from presage.projections.transfers import Transfers
from presage.units import CONTRACT, DOLLAR
from tests.projections.desk import ANN, BOB, Desk

SIDE_POCKET = account_id(1, 1)


def stored(desk: Desk) -> dict[int, tuple[int, int, bool]]:
    return {
        row["account"]: (row["cash"], row["reserved"], row["netting"])
        for row in desk.table("accounts")
    }


def in_memory(view: View) -> dict[int, tuple[int, int, bool]]:
    return {one.id: (one.cash, one.reserved, one.netting) for m in (1, 2, 3) for one in view.of(m)}


def in_engine(desk: Desk) -> dict[int, tuple[int, int, bool]]:
    return {
        one.id: (one.cash, one.reserved, one.netting) for one in desk.engine.state.accounts.values()
    }


def folded(desk: Desk) -> View:
    view = View()
    for entry in desk.entries:
        view.apply(entry)
    return view


def loaded(desk: Desk) -> View:
    view = View()
    view.load(desk.connection)
    return view


def check(desk: Desk) -> None:
    """Table, both ways into memory, and engine say the same of money, positions and orders."""
    views = folded(desk), loaded(desk)
    truth = in_engine(desk)
    assert stored(desk) == truth
    held = {
        account.id: {m: h.count for m, h in account.holdings.items() if h.count}
        for account in desk.engine.state.accounts.values()
    }
    for view in views:
        assert in_memory(view) == truth
        assert {one.id: one.positions for m in (1, 2) for one in view.of(m)} == held
    resting = {
        row["id"]: row["remaining"] for row in desk.table("orders") if row["status"] == "resting"
    }
    assert resting == {order.id: order.remaining for order in desk.engine.state.orders.values()}
    for account, markets in held.items():
        kept = positions.of_markets(desk.connection, account, sorted(markets))
        assert {row.market: row.position for row in kept} == markets


def start() -> tuple[Desk, list[int]]:
    desk = Desk(Accounts(), Orders(), Positions(), Transfers(), Groups())
    markets = desk.open_market("R-A", "R-B", exclusive=True, netting="MECNET")
    desk.run(OpenAccount(1))
    return desk, markets


def a_command(markets: list[int]) -> st.SearchStrategy[Command]:
    account = st.sampled_from([ANN, BOB, SIDE_POCKET])
    market = st.sampled_from(markets)
    place = st.builds(
        PlaceOrder,
        account=account,
        market=market,
        side=st.sampled_from([0, 1]),
        price=st.sampled_from([3_000, 4_000, 5_000, 6_000]),
        count=st.integers(1, 5 * CONTRACT),
        tif=st.sampled_from([GTC, GTC, GTC, IOC]),
        stp=st.sampled_from(["taker_at_cross", "maker"]),
    )
    move = st.builds(
        lambda a, b, amount: Move(((f"cash:{a}", -amount), (f"cash:{b}", amount)), "x", "transfer"),
        account,
        account,
        st.integers(1, 300 * DOLLAR),
    )
    return st.one_of(
        place,
        place,
        place,
        move,
        st.builds(SetNetting, account, st.booleans()),
        st.builds(CancelAll, st.sampled_from([1, 2])),
    )


@settings(max_examples=40)
@given(st.data())
def test_everyone_agrees_about_balances(data: st.DataObject) -> None:
    desk, markets = start()
    commands = data.draw(st.lists(a_command(markets), max_size=25))
    for command in commands:
        desk.attempt(command)
    check(desk)
    end = data.draw(st.sampled_from(["settle", "void"]))
    if end == "settle":
        desk.settle(markets[0], 10_000)
    else:
        desk.run(VoidMarket(markets[0]))
        desk.tick(10**12)
    check(desk)


def test_a_members_accounts_come_in_their_order() -> None:
    desk, _ = start()
    view = folded(desk)
    assert [one.id for one in view.of(1)] == [ANN, SIDE_POCKET]
    assert [one.subaccount for one in view.of(1)] == [0, 1]
    assert view.find(SIDE_POCKET) is not None
    assert view.find(account_id(1, 2)) is None
    assert view.of(99) == ()


def test_transfers_are_seen_from_both_ends() -> None:
    desk, _ = start()
    desk.run(
        Move(
            ((f"cash:{ANN}", -DOLLAR), (f"cash:{SIDE_POCKET}", DOLLAR)), "transfer:1:u", "transfer"
        )
    )
    paid, got = (transfers.page(desk.connection, [a], "transfer", 9) for a in (ANN, SIDE_POCKET))
    assert (paid[0].amount, paid[0].other, paid[0].cause) == (-DOLLAR, SIDE_POCKET, "transfer:1:u")
    assert (got[0].amount, got[0].other, got[0].id) == (DOLLAR, ANN, paid[0].id)
    both = transfers.page(desk.connection, [ANN, SIDE_POCKET], "transfer", 9, outgoing=True)
    assert both == paid
    (deposit,) = transfers.page(desk.connection, [ANN], "deposit", 9)
    assert (deposit.amount, deposit.other) == (1_000 * DOLLAR, 0)


def test_groups_come_and_go() -> None:
    desk, _ = start()
    made = [desk.run(CreateGroup(account, 10 * CONTRACT)) for account in (ANN, SIDE_POCKET)]
    found = groups.of_accounts(desk.connection, [ANN, SIDE_POCKET])
    assert len(made) == len(found) == 2
    assert [row.account for row in found] == [SIDE_POCKET, ANN]
    assert groups.find(desk.connection, found[0].id) == found[0]
    assert groups.of_accounts(desk.connection, [BOB]) == []
