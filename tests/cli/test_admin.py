"""What operators type, from listing a market to paying it."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from presage.app import envfile
from tests.api.admin.world import Person, World
from tests.cli.terminal import Terminal

ADMIN = ("admin",)


def list_market(terminal: Terminal, ticker: str) -> None:
    closes = ("--close-time", "2026-08-01T00:00:00Z")
    terminal.say("admin", "series", "create", f"{ticker}-S", "--title", "Rain")
    terminal.say("admin", "event", "create", f"{ticker}-E", "--series", f"{ticker}-S")
    terminal.say("admin", "market", "create", ticker, "--event", f"{ticker}-E", *closes)


def test_a_market_is_listed_and_settled(terminal: Terminal) -> None:
    list_market(terminal, "RAIN")
    market = terminal.json("admin", "market", "settle", "RAIN", "--result", "0.37")["market"]
    assert (market["status"], market["settlement_value"]) == ("finalized", "0.3700")


def test_every_verb_reaches_its_route(terminal: Terminal) -> None:
    list_market(terminal, "VERBS")
    day = "2026-07-01T00:00:00Z"
    steps = [
        (["pause", "--cancel-orders"], "inactive"),
        (["resume"], "active"),
        (["times", "--close-time", day], "active"),
        (["structure", "VERBS", "deci_cent"], "active"),
        (["close"], "closed"),
        (["void"], "finalized"),
    ]
    for (verb, *rest), status in steps:
        words = rest if verb == "structure" else ["VERBS", *rest]
        market = terminal.json("admin", "market", verb, *words)["market"]
        assert market["status"] == status, verb


def test_a_disputed_outcome_is_amended(terminal: Terminal) -> None:
    list_market(terminal, "DISPUTE")
    assert "active" in terminal.refused("admin", "market", "open", "DISPUTE")
    terminal.say("admin", "market", "close", "DISPUTE")
    timer = terminal.refused("admin", "market", "dispute", "DISPUTE")
    assert timer == "The market is closed."


def test_tables_are_for_people(terminal: Terminal) -> None:
    out = terminal.say("admin", "member", "list")
    assert out.splitlines()[0].split() == ["number", "name", "role", "status", "cash", "id"]
    assert "Member one" in out
    assert "balanced" in terminal.say("admin", "overview")


def test_a_member_is_made_with_an_env_file(
    terminal: Terminal, world: World, tmp_path: Path
) -> None:
    env = tmp_path / "bot.env"
    create = ("admin", "member", "create", "[Bot]", "--funds", "250", "--env", str(env))
    out = terminal.say(*create)
    assert "[Bot]" in out
    assert "PRIVATE" not in out
    for path in (env, tmp_path / "bot.pem"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert world.balance(Person.from_env(env)) == 25_000
    assert terminal.refused(*create) == f"{env} exists"


def test_money_moves_once_under_a_cause(terminal: Terminal) -> None:
    id = terminal.json("admin", "member", "create", "Cem")["member"]["id"]
    deposit = ("admin", "member", "deposit", id, "5.25", "--cause", "gift")
    assert terminal.json(*deposit)["cash"] == "5.2500"
    assert terminal.json(*deposit)["replayed"] is True
    assert terminal.json("admin", "member", "withdraw", id, "5")["cash"] == "0.2500"
    assert "less" in terminal.refused("admin", "member", "withdraw", id, "5")
    slow = terminal.json("admin", "member", "withdraw", id, "0.20", "--pending")
    assert (slow["status"], slow["cash"]) == ("pending", "0.0500")
    failed = terminal.json("admin", "member", "funds", id, slow["transfer_id"], "failed")
    assert (failed["status"], failed["cash"]) == ("failed", "0.2500")


def test_members_are_stopped_and_let_back(terminal: Terminal) -> None:
    id = terminal.json("admin", "member", "create", "Dan")["member"]["id"]
    for verb, status in (("suspend", "suspended"), ("activate", "active"), ("close", "closed")):
        assert terminal.json("admin", "member", verb, id)["member"]["status"] == status
    assert "closed" in terminal.say("admin", "member", "show", id)


def test_keys_are_made_and_revoked(terminal: Terminal, tmp_path: Path) -> None:
    made = terminal.json("admin", "key", "create", "2")["key"]
    assert "PRIVATE KEY" in made["private_key"]
    terminal.say("admin", "key", "revoke", made["id"])
    env = tmp_path / "two.env"
    terminal.say("admin", "key", "create", "2", "--env", str(env))
    assert envfile.parse(env.read_text())["KALSHI_ENV"] == "demo"
    missing = tmp_path / "none.pem"
    refusal = terminal.refused("admin", "key", "create", "2", "--public-key", str(missing))
    assert str(missing) in refusal


def test_fees_are_shown_and_set(terminal: Terminal) -> None:
    list_market(terminal, "FEE")
    series, event = ("admin", "series", "fees", "FEE-S"), ("admin", "event", "fees", "FEE-E")
    assert terminal.json(*series)["fee_type"] == "quadratic"
    terminal.say(*series, "--fee-type", "flat", "--fee-multiplier", "0.5")
    assert terminal.json(*series)["fee_multiplier"] == "0.5"
    terminal.say(*event, "--fee-type", "flat")
    assert terminal.json(*event)["fee_type"] == "flat"
    terminal.say(*event, "--clear")
    assert terminal.json(*event)["fee_type"] == ""
    assert "--fee-type" in terminal.refused(*series, "--fee-multiplier", "2")


def test_the_exchange_is_paused_and_resumed(terminal: Terminal) -> None:
    assert terminal.json("admin", "exchange", "pause")["trading_active"] is False
    whole = terminal.json("admin", "exchange", "pause", "--exchange")
    assert whole["exchange_active"] is False
    assert terminal.json("admin", "exchange", "resume")["exchange_active"] is True


def test_an_orders_life_is_shown(terminal: Terminal, world: World) -> None:
    list_market(terminal, "LIFE")
    order = world.order(world.one, "LIFE", "bid", "0.4000")
    out = terminal.say("admin", "order", "audit", order)
    assert "OrderPlaced" in out
    assert "OrderRested" in out
    assert terminal.json("admin", "order", "audit", order)["over"] is False


def test_reasons_are_kept(terminal: Terminal) -> None:
    terminal.say("admin", "series", "create", "WHY", "--reason", "the reason why")
    rows = terminal.json("admin", "audit", "log", "--subject", "WHY")["rows"]
    assert [row["reason"] for row in rows] == ["the reason why"]
    assert "the reason why" in terminal.say("admin", "audit", "log")
    assert terminal.json("admin", "audit", "verify")["ok"] is True


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["market", "settle", "NONE", "--result", "yes"], "There is no market NONE."),
        (["market", "settle"], "ticker"),
        (["market", "explode", "X"], "explode"),
        (["market", "open", "X", "--loud"], "--loud"),
        (["member", "create", ""], "name: must not be blank."),
    ],
)
def test_errors_are_one_line(terminal: Terminal, words: list[str], said: str) -> None:
    assert said in terminal.refused(*ADMIN, *words)


def test_the_world_is_written_from_files(terminal: Terminal, world: World, tmp_path: Path) -> None:
    file = tmp_path / "thing.json"

    def put(noun: str, id: str, verb: str = "put", **thing: Any) -> None:
        file.write_text(json.dumps(thing))
        terminal.say("admin", noun, verb, id, str(file))

    list_market(terminal, "WORLD")
    start, end = "2026-08-01T00:00:00Z", "2026-09-01T00:00:00Z"
    put("milestone", "m-1", category="C", type="t", title="M", start_date=start)
    put("target", "t-1", name="Reds", type="team")
    put("live-data", "m-1", type="t", details={"score": 1})
    put("event-live-data", "WORLD-E", type="t")
    put("sport", "Chess", scopes=["Games"])
    put("weather", "rome")
    point = {"t": 0, "status": "normal", "v": 1}
    put("weather", "rome", "points", timeseries=[point])
    program: dict[str, Any] = {"market_ticker": "WORLD", "incentive_type": "volume"}
    put("incentive", "p-1", **program, period_reward=5, start_date=start, end_date=end)
    for noun, word in (("milestone", "m-1"), ("target", "Reds"), ("incentive", "volume")):
        assert word in terminal.say("admin", noun, "list")
        assert terminal.json("admin", noun, "list")
    ids = {"milestone": "m-1", "target": "t-1", "event-live-data": "WORLD-E", "sport": "Chess"}
    for noun, id in (ids | {"weather": "rome", "incentive": "p-1"}).items():
        terminal.say("admin", noun, "delete", id)
    assert "milestone" in terminal.refused("admin", "milestone", "delete", "m-1")
    file.write_text("[]")
    assert "no JSON object" in terminal.refused("admin", "target", "put", "t-1", str(file))
    missing = str(tmp_path / "none.json")
    assert "cannot read" in terminal.refused("admin", "target", "put", "t-1", missing)


def test_the_calendar_is_kept(terminal: Terminal, world: World, tmp_path: Path) -> None:
    times = ("2027-01-01T00:00:00Z", "2027-01-01T01:00:00Z")
    window = terminal.json("admin", "maintenance", "plan", *times, "--exchange")["window"]
    assert "2027-01-01" in terminal.say("admin", "maintenance", "list")
    terminal.say("admin", "maintenance", "drop", str(window["id"]))
    assert terminal.json("admin", "maintenance", "list")["maintenance_windows"] == []
    number = str(terminal.json("admin", "announcement", "add", "Hello", "--type", "error")["id"])
    terminal.say("admin", "announcement", "end", number)
    assert "inactive" in terminal.say("admin", "announcement", "list")
    terminal.say("admin", "announcement", "delete", number)
    hours = tmp_path / "hours.json"
    hours.write_text('{"standard_hours": []}')
    terminal.say("admin", "hours", "set", str(hours))
    list_market(terminal, "LATER")
    fees = ("admin", "series", "fees", "LATER-S", "--fee-type", "flat", "--at", times[0])
    change = terminal.json(*fees)["change_id"]
    terminal.say("admin", "fee-change", "drop", change)
    assert terminal.json("admin", "series", "fees", "LATER-S")["fee_type"] == "quadratic"


def test_shards_are_declared_and_used(terminal: Terminal) -> None:
    terminal.say("admin", "shard", "declare", "2", "--description", "Crypto")
    assert "Crypto" in terminal.say("admin", "shard", "list")
    shards = terminal.json("admin", "shard", "list")["shards"]
    assert [one["exchange_index"] for one in shards] == [0, 2]
    terminal.say("admin", "series", "create", "COIN", "--exchange-index", "2")
    where = ("--series", "COIN", "--exchange-index", "2")
    terminal.say("admin", "event", "create", "COIN-E", *where)
    done = terminal.json("admin", "member", "deposit", "2", "5", "--exchange-index", "2")
    assert done["cash"] == "5.0000"


def test_history_begins_where_the_operator_says(terminal: Terminal) -> None:
    names = ("--orders", "2026-01-02T00:00:00Z", "--reason", "a small disk")
    shown = terminal.json("admin", "cutoff", "set", "2026-01-01T00:00:00Z", *names)
    assert shown["historical_cutoff"] == terminal.json("admin", "cutoff", "show")
    assert shown["historical_cutoff"]["orders_updated_ts"] == "2026-01-02T00:00:00Z"
    assert shown["historical_cutoff"]["trades_created_ts"] == "2026-01-01T00:00:00Z"
    back = terminal.refused("admin", "cutoff", "set", "2025-01-01T00:00:00Z")
    assert back == "The cutoff market_settled_ts only moves forward."
    assert "live days" in terminal.say("admin", "cutoff", "set", "--live-days", "90")


def test_roles_settings_and_invitations(terminal: Terminal, world: World) -> None:
    name = world.admin("GET", "/users?q=memberone")["users"][0]["username"]
    edited = terminal.json("admin", "user", "edit", name, "--role", "MODERATOR")["user"]
    assert edited["role"] == "MODERATOR"
    assert name in terminal.say("admin", "user", "list", "memberone")
    terminal.say("admin", "setting", "set", "MAX_API_KEYS", "5")
    terminal.say("admin", "setting", "set", "posts", "false")
    listed = terminal.json("admin", "setting", "list")["settings"]
    values = {one["name"]: one["value"] for one in listed}
    assert (values["MAX_API_KEYS"], values["posts"]) == (5, False)
    assert "between 1 and 100" in terminal.refused("admin", "setting", "set", "MAX_API_KEYS", "0")
    assert terminal.refused("admin", "setting", "set", "posts", "maybe").startswith("maybe is")
    made = terminal.json("admin", "invite", "create", "--uses", "3")["inviteCode"]
    assert (made["uses"], len(made["code"])) == (3, 8)
