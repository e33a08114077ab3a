"""`presage import PATH`: lists what Kalshi's JSON describes on a running exchange.

Done through the operator API, so it may be repeated: what is there is counted and left alone. The
recorded books are rested by a member of their own, under order ids that work once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import quote

import msgspec
from cyclopts import Parameter

from presage.app import importing, importing_world
from presage.app.importing import Body, Book, Plan
from presage.app.importing_world import Put, is_about_the_world
from presage.cli.client import (
    ADMIN,
    TRADE,
    Client,
    CliError,
    Credential,
    Refused,
)
from presage.cli.options import Write
from presage.cli.output import console, print_json, print_rows
from presage.units import DOLLAR_PRICE, Price, format_count, format_money, format_price

On = Annotated[bool, Parameter(negative="")]

DESK: Final = "Import desk"
_BATCH: Final = 20
"""Orders in one request: few enough for any rate limit's bucket."""
_SHOWN: Final = 10
_REASON: Final = "import"


class Tally(msgspec.Struct):
    """What became of the things of each kind, and why some were refused."""

    counts: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)
    refusals: list[str] = []

    def count(self, kind: str, fate: str) -> None:
        self.counts[kind, fate] += 1

    def refuse(self, kind: str, name: str, why: str) -> None:
        self.count(kind, "refused")
        self.refusals.append(f"{kind} {name}: {why}")

    def rows(self) -> list[dict[str, Any]]:
        kinds = dict.fromkeys(kind for kind, _ in self.counts)
        fates = ("created", "existing", "refused")
        return [
            {"kind": kind} | {fate: self.counts[kind, fate] for fate in fates} for kind in kinds
        ]


def import_(
    path: Path,
    *,
    shift_dates: On = False,
    books: On = False,
    data: Path | None = None,
    json: On = False,
) -> None:
    """List the series, events and markets that a file or folder of Kalshi's JSON describes, and put
    milestones, structured targets, live data, weather and sports.

    Parameters
    ----------
    path: A JSON file, or a folder of them.
    shift_dates: Markets that are over open now and run as long as they did.
    books: Rest the recorded order books; a book without a market gets one.
    data: Data directory of the exchange, whose operator.env is used; else the environment.
    json: Print the counts as JSON.
    """
    now = datetime.now(UTC)
    documents = list(_documents(path))
    world = importing_world.read(documents)
    plan = importing.read(one for one in documents if not is_about_the_world(one))
    if shift_dates:
        plan = importing.shifted(plan, now)
    if books:
        plan = importing.with_books_only(plan, now)
    if not (plan.series or plan.events or plan.markets or world):
        raise CliError(f"{path} describes no series, events or markets, nor the world")
    tally = Tally()
    for line in plan.unusable:
        name, _, why = line.partition(": ")
        tally.refuse("market", name, why)
    operator = Write(data, reason=_REASON).credential()
    with Client(operator) as client:
        _list(client, plan, tally)
        for put in world:
            _put(client, put, tally)
        if books:
            _rest(client, operator.url, plan, tally)
    _print(tally, json)


def _documents(path: Path) -> Iterator[Any]:
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    if not files:
        raise CliError(f"{path} holds no .json files")
    for file in files:
        try:
            yield msgspec.json.decode(file.read_bytes())
        except OSError as error:
            raise CliError(f"cannot read {file}: {error.strerror}") from None
        except msgspec.DecodeError as error:
            raise CliError(f"{file} is not JSON: {error}") from None


def _list(client: Client, plan: Plan, tally: Tally) -> None:
    for kind, things in (("series", plan.series), ("event", plan.events), ("market", plan.markets)):
        path = f"{ADMIN}/series" if kind == "series" else f"{ADMIN}/{kind}s"
        for ticker, body in things.items():
            _create(client, path, kind, ticker, body, tally)


def _create(client: Client, path: str, kind: str, ticker: str, body: Body, tally: Tally) -> None:
    try:
        client.call("POST", path, {"reason": _REASON, **body})
    except Refused as refused:
        if refused.code == "ticker_exists":
            tally.count(kind, "existing")
        else:
            tally.refuse(kind, ticker, str(refused))
    else:
        tally.count(kind, "created")


def _put(client: Client, put: Put, tally: Tally) -> None:
    """What is like this already counts as existing."""
    path = ADMIN + quote(put.path)
    try:
        answer = client.call(put.method, path, {"reason": _REASON, **put.body})
    except Refused as refused:
        tally.refuse(put.kind, put.name, str(refused))
    else:
        fate = answer.get("fate", "created")
        tally.count(put.kind, "existing" if fate == "unchanged" else "created")


def _rest(client: Client, url: str, plan: Plan, tally: Tally) -> None:
    """Rest the books as the import desk, under a key that lives as long as this takes."""
    desk = _desk(client)
    cost = sum(book.cost for book in plan.books.values())
    if not cost:
        return
    client.call(
        "POST",
        f"{ADMIN}/members/{desk}/funds",
        {"reason": _REASON, "amount": format_money(cost), "cause": f"import:{plan.digest()}"},
    )
    key = client.call("POST", f"{ADMIN}/members/{desk}/keys", {"reason": _REASON})["key"]
    try:
        with Client(Credential(url, key["id"], key["private_key"])) as trader:
            orders = [order for book in plan.books.values() for order in _orders(book)]
            for start in range(0, len(orders), _BATCH):
                _place(trader, orders[start : start + _BATCH], tally)
    finally:
        client.call("DELETE", f"{ADMIN}/keys/{key['id']}", {"reason": _REASON})


def _desk(client: Client) -> str:
    """The id of the member that rests imported books."""
    after = 0
    while True:
        page = client.call("GET", f"{ADMIN}/members", query={"limit": 1_000, "after": after})
        for member in page["members"]:
            if (member["name"], member["role"]) == (DESK, "house"):
                return str(member["id"])
        if page["next"] is None:
            break
        after = page["next"]
    body = {"reason": _REASON, "name": DESK, "role": "house"}
    return str(client.call("POST", f"{ADMIN}/members", body)["member"]["id"])


def _orders(book: Book) -> Iterator[Body]:
    """A book's levels as resting orders in YES terms; a bid for NO is an ask."""
    for price, count in book.yes:
        yield _order(book.ticker, "bid", price, format_count(count))
    for price, count in book.no:
        yield _order(book.ticker, "ask", DOLLAR_PRICE - price, format_count(count))


def _order(ticker: str, side: str, price: Price, count: str) -> Body:
    name = sha256(f"{ticker} {side} {price}".encode()).hexdigest()[:32]
    return {
        "ticker": ticker,
        "client_order_id": f"import-{name}",
        "side": side,
        "count": count,
        "price": format_price(price),
        "time_in_force": "good_till_canceled",
        "self_trade_prevention_type": "taker_at_cross",
        "post_only": True,
    }


def _place(trader: Client, orders: list[Body], tally: Tally) -> None:
    path = f"{TRADE}/portfolio/events/orders/batched"
    answers = trader.call("POST", path, {"orders": orders})["orders"]
    for order, answer in zip(orders, answers, strict=True):
        error = answer.get("error")
        if not error:
            tally.count("order", "created")
        elif error["code"] == "order_already_exists":
            tally.count("order", "existing")
        else:
            why = error.get("details") or error.get("message") or error["code"]
            tally.refuse("order", f"{order['ticker']} {order['side']} {order['price']}", why)


def _print(tally: Tally, as_json: bool) -> None:
    if as_json:
        print_json({"counts": tally.rows(), "refused": tally.refusals})
        return
    print_rows(tally.rows(), ("kind", "created", "existing", "refused"))
    for line in tally.refusals[:_SHOWN]:
        console().print(f"  {line}", markup=False)
    if len(tally.refusals) > _SHOWN:
        console().print(f"  ... and {len(tally.refusals) - _SHOWN} more")
