"""What some rows need before they have data: the past, combos, shards, subtraders.

Each function makes it once and remembers that on the ground. The operator's paths are those of the
other things that operators write.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

from tests.api.admin.world import DAY, Person, rfc3339
from tests.walk.ground import EVENT, MARKET, OLD, SERIES, Ground

COLLECTION: Final = "KXMVEWALK"
COMBO: Final = f"/multivariate_event_collections/{COLLECTION}"
LEG: Final = "LEG-1"
LEGS: Final = {
    "selected_markets": [
        {"event_ticker": EVENT, "market_ticker": MARKET, "side": "yes"},
        {"event_ticker": f"{LEG}-E", "market_ticker": LEG, "side": "no"},
    ]
}
SHARDS: Final = {
    "source": "event_contract",
    "destination": "event_contract",
    "amount": 10_000,
    "source_exchange_shard": 0,
    "destination_exchange_shard": 1,
}


def collection(ground: Ground) -> str:
    """A collection of two events."""
    if ground.once("collection"):
        ground.world.admin(
            "POST", "/events", event_ticker=f"{LEG}-E", series_ticker=SERIES, title="Leg"
        )
        ground.world.add_market(LEG, f"{LEG}-E")
        ground.world.admin("POST", "/series", ticker=COLLECTION, title="Combos")
        ground.world.admin(
            "PUT",
            COMBO,
            series_ticker=COLLECTION,
            title="Combos",
            description="All of them",
            functional_description="product",
            size_min=2,
            size_max=2,
            is_ordered=False,
            open_date=rfc3339(ground.seconds),
            close_date=rfc3339(ground.seconds + DAY),
            associated_events=[
                {"ticker": ticker, "is_yes_only": False} for ticker in (EVENT, f"{LEG}-E")
            ],
        )
    return COLLECTION


def combo(ground: Ground) -> str:
    """The collection, in which the combination of the two legs has been made."""
    collection(ground)
    if ground.once("combo"):
        ground.done("one", "POST", COMBO, LEGS)
        ground.done("one", "PUT", f"{COMBO}/lookup", LEGS)
    return COLLECTION


def past(ground: Ground) -> str:
    """The market that is older than the operator's cutoff."""
    if ground.once("past"):
        ground.world.admin("PUT", "/historical/cutoff", before=ground.cutoff)
    return OLD


def past_span(ground: Ground) -> str:
    past(ground)
    return ground.span


def fcm(ground: Ground) -> str:
    """A member of that role."""
    if ground.once("fcm"):
        made = ground.world.admin(
            "POST", "/members", name="FCM", role="fcm", funds="1000", generate_key=True
        )
        ground.people["fcm"] = Person(made["key"]["id"], made["key"]["private_key"])
    return "fcm"


def subtrader(ground: Ground) -> str:
    """One more of its subtraders; its id."""
    made = ground.done(fcm(ground), "POST", "/fcm/subtraders", subtrader_wish())
    return str(made["subtrader_id"])


def subtrader_wish() -> dict[str, Any]:
    return {"subtrader_suffix": uuid4().hex[:8]}


def capped(ground: Ground) -> str:
    """A subtrader with a daily cap."""
    one = subtrader(ground)
    cap = {"subtrader_id": one, "limit": "100.00"}
    ground.done("fcm", "PUT", "/fcm/subtraders/event_contract_daily_cap", cap)
    return one


def traded(ground: Ground) -> str:
    """A subtrader with an order and a position."""
    one = capped(ground)
    wish = {"name": "bound", "fcm_subtrader_id": one}
    made = ground.done("fcm", "POST", "/api_keys/generate", wish)
    money = {"from_subaccount": 0, "to_subaccount": 0, "to_subtrader_id": one}
    move = money | {"client_transfer_id": str(uuid4()), "amount_cents": 10_000}
    ground.done("fcm", "POST", "/portfolio/subaccounts/transfer", move)
    ground.people["bound"] = Person(made["api_key_id"], made["private_key"])
    ticker = ground.market()
    ground.order("two", ticker=ticker, side="ask", price="0.4000")
    ground.order("bound", ticker=ticker, price="0.4000", count="3.00")
    return one


def shards(ground: Ground) -> None:
    """A second shard."""
    if ground.once("shards"):
        ground.world.admin("POST", "/shards", exchange_index=1)


def shard_transfer(ground: Ground) -> str:
    """Money that was moved there."""
    shards(ground)
    made = ground.done("one", "POST", "/portfolio/intra_exchange_instance_transfer", SHARDS)
    return str(made["transfer_id"])


def allocation(ground: Ground) -> dict[str, Any]:
    """A wish for where the money should be."""
    shards(ground)
    percents = [
        {"exchange_index": 0, "percent": 60},
        {"exchange_index": 1, "percent": 40},
    ]
    return {"allocations": percents}


def allocated(ground: Ground) -> None:
    """The wish is known."""
    ground.done("one", "POST", "/portfolio/target_balance_allocation", allocation(ground))


def locked(ground: Ground) -> dict[str, Any]:
    """Subaccount 1, locked for settlement advances."""
    number = {"subaccount_number": 1}
    ground.done("one", "PUT", "/portfolio/subaccounts/settlement-advance-lock", number)
    return number
