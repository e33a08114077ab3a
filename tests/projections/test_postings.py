"""The ledger outside trading: every line of every movement, found by what is known of it."""

from __future__ import annotations

from presage.domain import accounts as ledger
from presage.domain import funding
from presage.domain.accounts import WITHDRAWAL
from presage.domain.commands import Move
from presage.projections import holds, postings, transfers
from presage.projections.holds import Holds
from presage.projections.postings import Postings
from presage.projections.transfers import Transfers
from presage.units import DOLLAR
from tests.projections.desk import ANN, BOB, Desk

LEFT = 999 * DOLLAR


def started() -> Desk:
    desk = Desk(Holds(), Postings(), Transfers())
    desk.open_market("R-A")
    return desk


def test_every_line_is_found_newest_first_and_by_page() -> None:
    desk = started()
    before = len(postings.page(desk.connection, 100, None))
    desk.run(Move(((f"cash:{ANN}", -DOLLAR), (f"cash:{BOB}", DOLLAR)), "gift", "transfer"))
    desk.run(Move((("house:bonus", -DOLLAR), (f"cash:{ANN}", DOLLAR)), "day:1", "streak"))
    rows = postings.page(desk.connection, 100, None)
    assert len(rows) == before + 4
    assert [row.kind for row in rows[:4]] == ["streak", "streak", "transfer", "transfer"]
    assert sum(row.amount for row in rows) == 0
    (gift,) = postings.page(desk.connection, 9, None, account=f"cash:{BOB}", kind="transfer")
    assert (gift.amount, gift.member, gift.cause) == (DOLLAR, 2, "gift")
    assert {row.member for row in postings.page(desk.connection, 9, None, cause="gift")} == {1, 2}
    paged = []
    after = None
    while rows := postings.page(desk.connection, 2, after):
        paged += rows
        after = (rows[-1].id, rows[-1].account)
    assert paged == postings.page(desk.connection, 100, None)


def test_a_hold_that_is_given_back_is_gone_and_its_history_says_so() -> None:
    desk = started()
    waits = ledger.hold(WITHDRAWAL, "1")
    desk.run(funding.begun("withdrawal", ANN, DOLLAR, "withdrawal:1", waits))
    assert holds.every_hold(desk.connection) == [("hold:withdrawal:1", ANN, DOLLAR)]
    (row,) = transfers.page(desk.connection, [ANN], "withdrawal", 9)
    assert (row.status, row.amount, row.finalized_at) == ("pending", -DOLLAR, None)
    desk.run(funding.decided("withdrawal", ANN, DOLLAR, waits, "withdrawal:1", "failed"))
    assert holds.every_hold(desk.connection) == []
    ours = postings.page(desk.connection, 9, None, member=1, kind="withdrawal")
    assert [(row.account, row.after) for row in ours] == [(waits, DOLLAR), (f"cash:{ANN}", LEFT)]
    (row,) = transfers.page(desk.connection, [ANN], "withdrawal", 9)
    assert (row.status, row.finalized_at) == ("failed", desk.at)


def test_a_bond_is_no_withdrawal() -> None:
    desk = started()
    lines = ((f"cash:{ANN}", -DOLLAR), ("hold:bond:1", DOLLAR))
    desk.run(Move(lines, "bond:1", "dispute_bond"))
    (row,) = transfers.page(desk.connection, [ANN], "dispute_bond", 9)
    assert row.status == "applied"
