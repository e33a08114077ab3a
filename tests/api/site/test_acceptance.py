"""The 25 acceptance checks of the site's specification (section 23), each found by its number.

`PROVED` names tests elsewhere that prove a number; what they leave open stands here, in tests that
begin with the number.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from presage.engine import invariants
from presage.engine.engine import Engine
from presage.identity import passwords
from presage.identity.passwords import Hasher
from presage.site.defined import DEFINED
from tests.api.asking import JSON_TYPE, request
from tests.api.site.copying import Scene as Copying
from tests.api.site.dealing import Table
from tests.api.site.outcomes import Case, cents, decide
from tests.api.site.rows import Scene
from tests.api.site.talking import number_of, with_role
from tests.api.site.test_rankings import Trader
from tests.api.site.world import PASSWORD, Member, World, code_of

KALSHI: Final = "/trade-api/v2/portfolio"
_TESTS: Final = Path(__file__).resolve().parents[2]

PROVED: Final[Mapping[int, tuple[str, ...]]] = {
    1: (
        "api/site/test_rows.py::test_it_works",
        "api/site/test_rows.py::test_without_credentials",
        "api/site/test_rows.py::test_what_cannot_be_understood",
        "api/site/test_rows.py::test_what_is_not_there",
        "api/site/test_refusals.py::test_it_refuses",
        "api/site/test_refusals.py::test_no_status_that_a_row_names_is_left_out",
        "api/site/test_rows_added.py::test_it_works",
        "api/site/test_rows_added.py::test_without_credentials",
        "api/site/test_rows_added.py::test_what_is_refused",
        "api/site/test_guard.py::test_every_private_operation_wants_a_credential",
    ),
    2: ("compat/test_examples.py::test_the_two_published_calls_of_the_site_work_as_printed",),
    3: (
        "api/site/test_guard.py::test_the_sixty_first_request_within_a_minute_waits",
        "api/site/test_guard.py::test_browsers_strangers_and_members_have_windows_of_their_own",
    ),
    4: ("api/site/test_guard.py::test_the_first_check_that_fails_answers",),
    5: (
        "api/site/test_trades.py::test_better_prices_are_given_to_the_taker",
        "api/site/test_trades.py::test_the_rest_is_dropped",
        "api/site/test_trades.py::test_nothing_filled_is_a_409_that_says_what_there_is",
        "api/site/test_trades.py::test_fill_or_kill",
        "api/site/test_trades.py::test_meeting_an_own_order_ends_the_rest",
        "api/site/test_trades.py::test_the_exact_limit_of_what_can_be_paid",
        "api/site/test_trades.py::test_one_micro_dollar_less_is_too_little",
        "api/site/test_trades.py::test_a_market_that_is_not_open",
    ),
    6: (
        "api/site/test_trades.py::test_nobody_sells_what_he_has_not",
        "api/site/test_trades.py::test_buying_the_other_side_nets_first",
    ),
    7: ("api/site/test_positions.py::test_random_trading_through_both_doors_keeps_one_ledger",),
    8: (
        "api/site/test_limit_orders.py::test_it_expires_after_its_hours",
        "api/site/test_limit_orders.py::test_it_ends_with_its_market",
        "api/site/test_limit_orders.py::test_a_cancel_that_comes_too_late_says_filled",
        "api/site/test_limit_orders.py::test_post_only",
    ),
    9: (
        "api/site/test_protections.py::test_a_stop_fires_when_its_level_lasts",
        "api/site/test_protections.py::test_an_empty_book_stops_nothing",
        "api/site/test_protections.py::test_profit_is_taken_at_the_best_bid",
        "api/site/test_protections.py::test_it_never_sells_below_its_limit_and_tries_again",
        "api/site/test_protections.py::test_it_ends_when_the_side_flips",
        "api/site/test_protections.py::test_it_survives_a_restart",
    ),
    10: (
        "api/site/test_idempotency.py::test_the_same_call_is_answered_again_and_done_once",
        "api/site/test_idempotency.py::test_a_key_belongs_to_one_request_of_one_member",
        "api/site/test_idempotency.py::test_a_hundred_at_once_have_one_effect",
        "api/site/test_trades.py::test_a_hundred_of_the_same_at_once_make_one_order",
    ),
    11: (
        "api/site/test_trades_export.py::test_columns_and_sums",
        "api/site/test_trades_export.py::test_a_million_rows_need_less_than_64_mebibytes",
    ),
    12: (
        "api/site/test_rewards.py::test_days_in_a_row_gaps_and_freezes",
        "api/site/test_rewards.py::test_the_streak_at_the_edges_of_a_day",
        "api/site/test_rewards.py::test_twenty_logins_at_once_are_one_day",
        "api/site/test_once.py::test_a_day_of_the_streak_is_paid_once",
    ),
    13: (
        "api/site/test_rewards.py::test_a_level_begins_exactly_where_the_formula_says",
        "api/site/test_rewards.py::test_trades_and_wins_earn_experience_and_badges_once",
        "workers/test_following.py::test_stopped_anywhere_each_step_is_done_once",
    ),
    14: (
        "api/site/test_avatar.py::test_what_is_no_picture_is_refused",
        "api/site/test_avatar.py::test_two_mebibytes_and_no_byte_more",
        "api/site/test_avatar.py::test_of_an_animation_the_first_frame_counts",
        "api/site/test_avatar.py::test_nothing_that_a_picture_carries_along_survives",
    ),
    15: (
        "api/site/test_deliveries.py::test_a_message_is_signed_and_verified_by_the_library_of_receivers",
        "api/site/test_deliveries.py::test_tries_follow_the_schedule_under_one_id_and_end",
        "api/site/test_deliveries.py::test_the_schedule_is_the_published_one",
        "api/site/test_deliveries.py::test_who_answers_that_it_is_gone_is_asked_no_more",
        "api/site/test_deliveries.py::test_for_a_day_the_old_secret_signs_beside_the_new_one",
        "api/site/test_deliveries.py::test_a_redirect_is_a_failure",
        "api/site/test_deliveries.py::test_an_address_that_is_not_allowed_any_more_is_not_asked",
        "api/site/test_webhooks.py::test_urls_that_lead_inside_are_refused",
        "site/test_outgoing.py::test_what_can_be_seen_to_be_wrong",
        "site/test_outgoing.py::test_a_name_that_leads_inside_is_refused",
        "site/test_outgoing.py::test_a_name_that_changes_between_check_and_connect_changes_nothing",
        "site/test_outgoing.py::test_a_name_is_looked_up_once_and_that_address_is_connected_to",
        "site/test_outgoing.py::test_old_spellings_of_an_address_are_what_the_system_takes_them_for",
        "site/test_addresses.py::test_what_is_not",
    ),
    16: (
        "api/site/test_copies.py::test_the_ratio_rounds_down_to_whole_contracts",
        "api/site/test_copies.py::test_each_cap_is_exact",
        "api/site/test_copies.py::test_what_is_invested_is_no_longer_free",
        "api/site/test_copies.py::test_the_purse_is_respected",
        "api/site/test_copies.py::test_without_money_one_is_told_once_an_hour_and_paused_after_five",
        "api/site/test_copies.py::test_it_costs_no_more_than_the_slippage",
        "api/site/test_copies.py::test_the_loss_stop_pauses",
        "api/site/test_copies.py::test_one_does_not_lose_the_other_side_for_a_copy",
        "api/site/test_copies.py::test_an_old_purchase_is_not_made_up_for_but_an_old_sale_is",
        "api/site/test_copies.py::test_a_suspended_copier_is_passed_over",
        "api/site/test_copies.py::test_a_market_that_has_stopped_meanwhile",
        "api/site/test_copies.py::test_a_position_limit_counts_for_copies",
        "api/site/test_copies.py::test_copies_are_never_copied",
        "api/site/test_copies.py::test_only_copied_ones",
        "api/site/test_copies.py::test_selling_ones_own_way_takes_from_ones_own_first",
        "api/site/test_copies.py::test_the_leaders_own_orders_are_never_met",
        "api/site/test_copy_trader.py::test_no_cycles",
        "api/site/test_copy_trader.py::test_ten_traders_at_most",
        "api/site/test_copies_crash.py::test_each_copy_happens_once",
    ),
    17: (
        "api/site/test_challenges.py::test_a_hundred_acceptors_and_one_gets_it",
        "api/site/test_challenges.py::test_nobody_takes_it_and_the_stake_comes_back",
        "api/site/test_challenges.py::test_a_void_option_gives_both_stakes_back",
        "api/site/test_challenges.py::test_the_outcome_pays_the_pot_to_the_last_cent",
        "api/site/test_challenges.py::test_nothing_is_paid_before_the_option_is_final",
        "domain/test_contests.py::test_a_split_pays_the_whole_pot",
    ),
    18: (
        "api/site/test_disputes.py::test_a_dispute_stops_the_payout_at_once",
        "api/site/test_disputes.py::test_a_rejected_dispute_lets_the_clock_go_on",
        "api/site/test_disputes.py::test_an_upheld_dispute_amends_the_outcome",
        "api/site/test_disputes.py::test_a_voided_event_leaves_everybody_as_before",
        "api/site/test_disputes.py::test_nobody_decides_about_an_outcome_of_their_own",
        "api/site/test_disputes.py::test_who_may_dispute_what_and_when",
        "api/site/test_resolutions.py::test_voiding_ends_disputes_and_gives_the_bonds_back",
    ),
    19: (
        "api/site/test_paper_trades.py::test_depth_is_not_used_twice",
        "api/site/test_paper_trades.py::test_no_coming_and_going_gives_depth_back",
        "api/site/test_tournaments.py::test_ranking_and_its_ties",
        "api/site/test_tournaments.py::test_equal_equity_goes_to_realized_then_fewer_trades_then_first",
        "api/site/test_tournaments.py::test_a_cancelled_one_gives_every_fee_back",
        "api/site/test_tournaments.py::test_prizes_sum_to_the_pool",
        "domain/test_contests.py::test_prizes_sum_to_the_pool",
    ),
    20: (
        "api/site/test_reports.py::test_the_third_grown_up_reporter_hides_it",
        "api/site/test_reports.py::test_reporting_twice_is_one_report",
    ),
    21: ("api/site/test_outside.py::test_without_providers_it_says_so",),
    22: (
        "api/site/test_guard.py::test_login_waits_after_five_failures_and_longer_after_each_more",
        "api/site/test_accounts.py::test_a_key_is_shown_once_and_kept_only_as_a_digest",
    ),
    23: ("api/ownership/test_matrix.py::test_things_of_others_do_not_exist",),
    24: (
        "api/admin/test_people.py::test_the_table_says_which_role_reaches_what",
        "api/site/test_rows_added.py::test_whom_the_table_lets_in",
        "api/admin/test_audit.py::test_a_changed_log_is_noticed",
    ),
    25: ("api/site/test_trades.py::test_every_write_is_seen_by_the_next_read",),
}


def test_every_number_is_found() -> None:
    assert sorted(PROVED) == list(range(1, 26))
    for names in PROVED.values():
        for name in names:
            file, _, function = name.partition("::")
            text = (_TESTS / file).read_text()
            assert re.search(rf"^ *(async )?def {function}\(", text, re.MULTILINE), name


@pytest.fixture(name="world")
def _world(world: World) -> World:
    world.set("streakBonuses", False)
    world.set("ADDRESS_REQUESTS_PER_MINUTE", 0)  # all of a thousand rounds come within a minute
    return world


def sound(world: World) -> None:
    """All money and all contracts of the exchange are accounted for."""

    def look(engine: Engine) -> None:
        invariants.check(engine.state)

    world.do(world.running.services.gateway.inspect(look))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_07_whatever_one_member_does_through_both_apis_both_say_the_same(
    world: World, seed: int
) -> None:
    random, table = Random(seed), Table(world, fees="1")
    people = [Trader(world) for _ in range(2)]
    for number in range(60):
        who = random.choice(people)
        price, size = random.choice((35, 48, 50, 52, 65)), random.randint(1, 9)
        if random.random() < 0.5:
            body = {
                "ticker": table.ticker,
                "side": random.choice(("bid", "ask")),
                "price": f"{price / 100:.4f}",
                "count": f"{size}.00",
                "time_in_force": random.choice(("good_till_canceled", "immediate_or_cancel")),
                "self_trade_prevention_type": random.choice(("taker_at_cross", "maker")),
            }
            answer = world.call("POST", f"{KALSHI}/events/orders", body, who.signer)
        else:
            words = f"{random.choice(('buy', 'sell'))} {random.choice(('yes', 'no'))}"
            act = random.choice((table.order, table.trade))
            answer = act(who.member, words, price, size)
        assert answer.status in (200, 201, 400, 402, 409), (number, answer.body)
        for one in people if number % 6 == 0 else ():
            assert_same(world, table, one)
    assert all(one.member.get("/api/trades")["trades"] for one in people), "they have traded"
    sound(world)


def assert_same(world: World, table: Table, one: Trader) -> None:
    """Money, position and resting orders of a member, as both APIs print them."""
    here = one.member.get("/api/positions")["summary"]
    there = world.call("GET", f"{KALSHI}/balance", None, one.signer).json
    assert here["availableCents"] == there["balance"]
    held = table.position(one.member) or {"quantity": 0, "side": "YES"}
    signed = held["quantity"] if held["side"] == "YES" else -held["quantity"]
    listed = world.call("GET", f"{KALSHI}/positions?ticker={table.ticker}", None, one.signer).json
    assert signed == sum(row["position"] for row in listed["market_positions"])
    mine = one.member.get("/api/limit-orders?limit=200")["orders"]
    resting = world.call(
        "GET", f"{KALSHI}/orders?status=resting&ticker={table.ticker}", None, one.signer
    ).json["orders"]
    assert sorted(order["remainingQuantity"] for order in mine) == sorted(
        order["remaining_count"] for order in resting
    )


def test_08_a_cancel_that_races_with_a_fill_says_how_it_ended(world: World) -> None:
    table, ann, bob = Table(world), world.join(), world.join()
    hers, his = ((b"authorization", f"Bearer {who.key()}".encode()) for who in (ann, bob))
    body = {"optionId": table.ticker, "side": "NO", "action": "BUY", "quantity": 1}
    taken = json.dumps(body | {"priceCents": 60}).encode()
    for place in range(0, 20, 4):
        order = table.rest(ann, "buy yes", 40, 10)
        asked = [request("POST", "/api/trades", (his, JSON_TYPE), taken) for _ in range(20)]
        asked.insert(place, request("DELETE", f"/api/limit-orders/{order['id']}", (hers,)))
        answers = world.all_at_once(*asked)
        answer = answers.pop(place)
        filled = sum(one.status == 201 for one in answers)
        last = ann.get("/api/limit-orders?status=history&limit=1")["orders"][0]
        assert (last["id"], last["filledQuantity"]) == (order["id"], filled)
        if filled == 10:
            assert code_of(answer) == (409, "order_not_open")
            assert last["status"] == "FILLED"
            continue
        assert answer.status == 200
        assert answer.json["order"] == last
        assert last["status"] == "CANCELLED"
        released = answer.json["releasedQuantity"], answer.json["releasedCents"]
        assert released == (10 - filled, 40 * (10 - filled))
    sound(world)


def test_16_a_copy_that_meets_an_own_order_ends_there(world: World) -> None:
    copying = Copying(world)
    copying.copy()
    copying.offer(50, 10)
    copying.trade(copying.lea, "buy yes", 50, 10)
    copying.offer(50, 10, copying.cem)
    world.work()
    assert (copying.held(), copying.reasons()) == (0, ["self_trade"])


def test_17_a_dispute_delays_the_payout(world: World) -> None:
    case = Case(world, closed=False, disputeWindowHours=2)
    ann, bob = world.join(), world.join()
    body = {"optionId": case.ids[0], "side": "YES", "stakeCents": 1_000}
    code = ann.call("POST", "/api/challenges", body).json["challenge"]["code"]
    assert bob.call("POST", f"/api/challenges/{code}/accept").status == 200

    def status() -> str:
        world.work()
        found = ann.get(f"/api/challenges?code={code}")["challenges"][0]
        return str(found["status"])

    case.act("close")
    resolver, judge = with_role(world, "admin"), with_role(world, "admin")
    said = {"reason": "a test", "outcomes": [{"optionId": case.ids[0], "result": "YES"}]}
    assert resolver.click("POST", f"/api/admin/events/{case.slug}/resolve", said).status == 200
    dispute = case.disputed(case.no)
    case.wait(3)
    assert status() == "ACTIVE", "the window would be over"
    assert decide(world, judge, dispute, "REJECT").status == 200
    assert status() == "ACTIVE", "an hour is left at least"
    case.wait(2)
    assert status() == "SETTLED"
    assert cents(ann)[0] == 101_000
    sound(world)


def test_18_what_is_final_is_not_disputed(world: World) -> None:
    case = Case(world)
    case.resolve("YES")
    case.act("finalize")
    assert code_of(case.dispute(case.no)) == (409, "dispute_window_closed")


@pytest.mark.parametrize("seed", [1, 2])
def test_18_after_an_unwind_everybody_has_what_he_began_with(world: World, seed: int) -> None:
    random, table = Random(seed), Table(world, fees="1")
    people = [world.join() for _ in range(4)]
    before = [who.get("/api/positions")["summary"]["balanceMicros"] for who in people]
    for _ in range(40):
        words = f"{random.choice(('buy', 'sell'))} {random.choice(('yes', 'no'))}"
        table.order(random.choice(people), words, random.randint(30, 70), random.randint(1, 20))
    assert all(who.get("/api/trades")["trades"] for who in people), "they have traded"
    world.admin("POST", f"/events/{table.slug}/void")
    after = [who.get("/api/positions")["summary"] for who in people]
    assert [one["balanceMicros"] for one in after] == before
    assert [one["availableCents"] for one in after] == [one // 10_000 for one in before]
    assert [table.position(who)["quantity"] for who in people] == [0] * 4
    sound(world)


def test_21_what_is_switched_off_says_so_or_is_empty(world: World) -> None:
    ann, table = world.join(), Table(world)
    for feature in ("deposits", "withdrawals"):
        answer = ann.click("POST", f"/api/{feature}", {"amountCents": 100})
        assert code_of(answer) == (403, "feature_disabled")
        assert answer.json["feature"] == feature
    for path in (f"events/by-slug/{table.slug}/news", "cricket/live"):
        answer = world.send("GET", f"/api/{path}")
        assert (answer.status, answer.json["configured"]) == (200, False)
    for name, path, body in (
        ("posts", "/api/posts", {"eventSlug": table.slug, "body": "words"}),
        ("registrationOpen", "/api/auth/register", {"email": "x@y.example", "password": PASSWORD}),
    ):
        world.set(name, False)
        answer = ann.call("POST", path, body)
        world.set(name, True)
        assert code_of(answer) == (403, "feature_disabled")
        assert answer.json["feature"] == name


def test_22_hashes_are_as_strong_as_asked_for_and_grow_with_it(world: World) -> None:
    ann = world.join()
    number = number_of(world, ann)

    def kept() -> str:
        found = world.do(world.running.services.reader.run(lambda c: passwords.find(c, number)))
        assert found is not None
        return found

    assert kept().startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    world.set("PASSWORD_MEMORY_KIB", 65_536)
    world.set("PASSWORD_PASSES", 3)
    assert world.login(ann.email).status == 200
    world.set("PASSWORD_MEMORY_KIB", 19_456)
    world.set("PASSWORD_PASSES", 2)
    stronger = kept()
    assert stronger.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    salt, tag = stronger.split("$")[-2:]
    assert (len(salt), len(tag)) == (22, 43), "16 and 32 bytes"
    for name, least, default in (
        ("PASSWORD_MEMORY_KIB", 19_456, 65_536),
        ("PASSWORD_PASSES", 2, 3),
    ):
        assert (DEFINED[name].low, DEFINED[name].default) == (least, default)


def test_22_an_unknown_email_is_as_much_work_as_a_wrong_password(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is counted are hashes, which is where the time goes."""
    ann, work = world.join(), []
    real = Hasher._run

    async def counted(self: Hasher, what: Any, *args: Any) -> Any:
        work.append((what.__name__, args[1].rpartition("$")[0].rpartition("$")[0]))
        return await real(self, what, *args)

    world.login("nobody@example.com")  # makes the hash that stands for nobody's
    monkeypatch.setattr(Hasher, "_run", counted)
    answers = [world.login(email, "a wrong one") for email in (ann.email, "no@example.com")]
    assert len(work) == 2
    assert work[0] == work[1] == ("_fits", "$argon2id$v=19$m=19456,t=2,p=1")
    known, unknown = (answer.json | {"requestId": ""} for answer in answers)
    assert known == unknown
    assert [code_of(answer) for answer in answers] == [(401, "bad_credentials")] * 2


def test_23_what_is_somebody_elses_is_not_there(world: World) -> None:
    scene = Scene(world)
    ann, eve = scene.ann, world.join()
    order = scene.table.rest(ann, "buy yes", 1, 1)["id"]
    position, note = scene.table.position(ann)["id"], scene.note()
    (told, *_) = ann.get("/api/me/notifications")["notifications"]
    trade = ann.get("/api/trades")["trades"][0]["id"]
    for method, path, body in (
        ("DELETE", f"/api/limit-orders/{order}", None),
        ("POST", f"/api/positions/{position}/protections", {"stopLossProbBps": 100}),
        ("DELETE", "/api/me/trade-notes", {"id": note}),
        ("POST", "/api/me/trade-notes", {"id": note, "body": "mine now"}),
        ("POST", "/api/me/trade-notes", {"tradeId": trade, "body": "mine now"}),
        ("POST", "/api/me/notifications", {"id": told["id"]}),
    ):
        answer = eve.call(method, path, body)
        assert code_of(answer) == (404, "not_found"), path
        nothing = {key: "x" if key.endswith("d") else value for key, value in (body or {}).items()}
        absent = eve.call(method, path.replace(order, "x").replace(position, "x"), nothing or None)
        assert code_of(absent) == (404, "not_found"), "nobody can tell the two apart"
        assert absent.json["error"] == answer.json["error"]
    assert ann.get("/api/limit-orders")["orders"][0]["id"] == order
    assert ann.get("/api/me/trade-notes")["notes"][0]["body"] == "a thought"


def test_25_what_was_written_is_read_by_everybody(world: World) -> None:
    """A thousand times when PRESAGE_FULL is set."""
    table, ann, bob = Table(world), Trader(world), world.join()
    for number in range(1_000 if os.environ.get("PRESAGE_FULL") else 50):
        placed = table.rest(ann.member, "buy yes", 1 + number % 20, 1, clientOrderId=f"n{number}")
        assert found(ann.member, "open") == placed["id"]
        seen = world.send("GET", f"/api/orderbook/{table.ticker}")
        assert seen.status == 200, (number, seen.body)
        book = seen.json
        price = placed["limitPriceCents"]
        assert [one for one in book["yes"]["bids"] if one["priceCents"] == price]
        there = world.call("GET", f"{KALSHI}/orders?limit=1", None, ann.signer).json["orders"][0]
        assert there["client_order_id"] == f"n{number}"
        ann.member.call("DELETE", f"/api/limit-orders/{placed['id']}")
        assert found(ann.member, "history") == placed["id"]
        assert bob.get(f"/api/orderbook/{table.ticker}")["yes"]["bids"] == []


def found(who: Member, status: str) -> str:
    """The id of the newest order in a list."""
    return str(who.get(f"/api/limit-orders?status={status}&limit=1")["orders"][0]["id"])
