"""Each row's good request with one thing wrong in it: never a 5xx, and the exchange goes on.

The corpus beside this sends every operation what nobody can read; here all the rest of the request
is as it should be, so that what is wrong gets as far as it can.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from random import Random
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode

import pytest

from presage.engine import invariants
from presage.engine.engine import Engine
from tests.walk.ground import TRADE, Ground
from tests.walk.rows import Row
from tests.walk.test_walk import WALKED, filled
from tests.walk.wishes import WISHES, Wish
from tests.wire.contract import needs_reference

pytestmark = needs_reference

FULL: Final = bool(os.environ.get("PRESAGE_FULL"))
TRIES: Final = 1_000_000 if FULL else 12
SEED: Final = 5

NOBODY: Final = "00000000-0000-0000-0000-000000000000"
TEXTS: Final = (
    *("", " ", ".", "0", "-1", "+1", "1e3", "1_0", "0x10", "１２", ".5", "1.", "NaN", "Infinity"),
    *("9" * 30, "-" + "9" * 30, "0.0000001", "99999999999.99", "x" * 200, "x" * 70_000),
    *("a\nb", "\u202e", "é", "e\u0301", "🙂", "None", "null", "true", "'; drop table orders; --"),
    *("../..", "%00", "{}", "$ref", NOBODY, NOBODY.upper(), "2026-99-99T00:00:00Z"),
    *("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "NOT-THERE", "LADDER-1,LADDER-1", ","),
)
NUMBERS: Final = (0, -1, 1.5, 2**31, 2**53 + 1, 2**63 - 1, -(2**63), 2**64, 10**40, 1e300)
OTHERS: Final[tuple[Any, ...]] = (
    None,
    True,
    False,
    [],
    {},
    [None],
    [[]],
    {"a": 1},
    [""],
    ["NOT-THERE"] * 101,
)
ANYTHING: Final = (*TEXTS, *NUMBERS, *OTHERS)
NAMES: Final = (
    *("%00", "%FF", "..", "%2e%2e", "%2F", ";x=1", "'", "x" * 300, "x" * 9_000, "%F0%9F%99%82"),
    *(NOBODY, "NOT-THERE", "0", "-1", "9" * 40, "%C0%AF", "%20"),
)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    ground = Ground(tmp_path_factory.mktemp("walk") / "data")
    yield ground
    ground.world.do(ground.world.running.services.gateway.inspect(whole))
    ground.close()


def whole(engine: Engine) -> None:
    """Nothing that was taken after all has broken a rule."""
    invariants.check(engine.state)


def wrong(wish: Wish) -> Iterator[Wish]:
    """The wish with one thing another."""
    for place in range(len(wish.names)):
        for name in NAMES:
            yield wish._replace(names=(*wish.names[:place], name, *wish.names[place + 1 :]))
    pairs = parse_qsl(wish.query, keep_blank_values=True)
    for place, (key, _) in enumerate(pairs):
        for text in TEXTS:
            changed = [*pairs[:place], (key, text[:4_000]), *pairs[place + 1 :]]
            yield wish._replace(query=urlencode(changed))
        yield wish._replace(query=urlencode([*pairs, pairs[place]]))
        yield wish._replace(query=urlencode(pairs[:place] + pairs[place + 1 :]))
    for path in places(wish.body):
        for value in ANYTHING:
            yield wish._replace(body=changed_at(wish.body, path, value))
        yield wish._replace(body=changed_at(wish.body, path, ...))


def places(body: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a body."""
    keys = body.keys() if isinstance(body, dict) else range(len(body) if type(body) is list else 0)
    for key in keys:
        yield (*path, key)
        yield from places(body[key], (*path, key))


def changed_at(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy with another value there; `...` leaves it out."""
    found = copy.deepcopy(body)
    inner = found
    for key in path[:-1]:
        inner = inner[key]
    if value is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return found


def extra(row: Row, wish: Wish) -> Iterator[Wish]:
    """Parameters of lists that the wish does not name."""
    if row.method == "GET":
        for text in ("garbage", "x" * 4_000, "", "%00", "AAAA", "=", NOBODY):
            yield wish._replace(query=f"{wish.query}&cursor={quote(text)}")
        for text in ("-1", "0", "1000000000", "abc", "", "1.0"):
            yield wish._replace(query=f"{wish.query}&limit={text}")
        for name in ("min_ts", "max_ts", "start_ts", "end_ts"):
            for text in (str(-(2**63)), str(2**63 - 1), str(2**63), "now"):
                yield wish._replace(query=f"{wish.query}&{name}={text}")
        yield wish._replace(query=f"{wish.query}&unknown=1&subaccount=63&event_ticker=a,b")


@pytest.mark.parametrize("row", WALKED)
def test_one_thing_wrong_is_no_fault_of_ours(ground: Ground, row: Row) -> None:
    wish = WISHES[row.name](ground)
    wishes = [*wrong(wish), *extra(row, wish)]
    if len(wishes) > TRIES:
        wishes = Random(f"{SEED} {row.name}").sample(wishes, TRIES)
    for one in wishes:
        path = filled(row.path, one.names) + (f"?{one.query}" if one.query else "")
        answer = ground.world.call(row.method, TRADE + path, one.body, ground.people[one.who])
        assert answer.status < 500, (path[:300], str(one.body)[:300], answer)
        assert b"Traceback" not in answer.body
        if answer.status >= 400:
            assert {"error", "code", "msg"} & answer.json.keys(), answer
