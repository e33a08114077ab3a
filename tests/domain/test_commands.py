"""Commands survive the journal unchanged, and say which key they use up."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from presage.domain import bases, commands, facts
from presage.domain.commands import AmendOrder, Command, Move, PlaceOrder, once_key
from presage.domain.facts import Fact
from presage.domain.ids import account_id
from presage.domain.orders import ASK, BID, is_bid

PLACED = PlaceOrder(account_id(7, 3), 1, BID, 5_200, 100, client_order_id="x")


@pytest.mark.parametrize(
    ("command", "key"),
    [
        (PLACED, ("order:7", "x")),
        (msgspec.structs.replace(PLACED, account=account_id(7, 0, 5)), ("order:7", "x")),
        (msgspec.structs.replace(PLACED, client_order_id=""), None),
        (AmendOrder(7, 1, 5_200, 100, new_client_order_id="y"), ("order:7", "y")),
        (AmendOrder(7, 1, 5_200, 100, client_order_id="x"), None),
        (Move((("world", -1), ("cash:1", 1)), "deposit:1", "deposit"), ("move", "deposit:1")),
        (commands.Tick(), None),
        (commands.CancelOrder(7, 1), None),
    ],
)
def test_once_keys(command: Command, key: tuple[str, str] | None) -> None:
    assert once_key(command) == key


def test_client_order_ids_belong_to_the_member_not_the_subaccount() -> None:
    primary = msgspec.structs.replace(PLACED, account=account_id(7))
    assert once_key(primary) == once_key(PLACED)
    assert once_key(msgspec.structs.replace(PLACED, account=account_id(8))) != once_key(PLACED)


def test_a_command_reads_back_as_written() -> None:
    for command in (PLACED, Move((("world", -1), ("fees", 1)), "c", "grant"), commands.Tick()):
        blob = msgspec.msgpack.encode(command)
        assert msgspec.msgpack.decode(blob, type=Command) == command


def test_fields_appended_later_take_their_defaults() -> None:
    """An entry written before a field existed still reads: the array is only shorter."""
    short = msgspec.msgpack.encode(["PlaceOrder", account_id(7), 1, ASK, 5_200, 100])
    assert msgspec.msgpack.decode(short, type=Command) == PlaceOrder(
        account_id(7), 1, ASK, 5_200, 100
    )


@pytest.mark.parametrize("union", [Command, Fact])
def test_every_struct_of_the_module_is_in_its_union_once(union: object) -> None:
    module = commands if union is Command else facts
    base = bases.CommandBase if union is Command else bases.FactBase
    declared = {
        item
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, base) and item is not base
    }
    members = get_args(union)
    assert set(members) == declared
    assert len(members) == len(declared)


@pytest.mark.parametrize(
    ("action", "side", "bid"),
    [("buy", "yes", True), ("sell", "no", True), ("buy", "no", False), ("sell", "yes", False)],
)
def test_legacy_words_name_a_book_side(action: str, side: str, bid: bool) -> None:
    assert is_bid(action, side) is bid
