"""The site's door: limits, the order of the checks, and what every answer carries."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from presage.api.site.routes import SITE
from tests.api.asking import request
from tests.api.site.world import OUR_PAGES, PASSWORD, World, code_of

SECOND = 1_000_000_000


@pytest.fixture(autouse=True)
def as_before(world: World) -> Iterator[None]:
    """What a test changes of the settings and of the time is undone; windows are empty."""
    settings = world.running.services.site.settings
    before = {**settings.all(flags=True), **settings.all(flags=False)}
    world.ticks += 86_400 * SECOND
    yield
    for name, value in before.items():
        settings.put(name, value)


def test_the_sixty_first_request_within_a_minute_waits(world: World) -> None:
    world.set("REQUESTS_PER_MINUTE", 60)
    member = world.join()
    keys = [member.key("read"), member.key("read", "trade")]
    for number in range(60):
        answer = world.bearer(keys[number % 2], "GET", "/api/auth/me")
        assert answer.status == 200, "keys of one member share the window"
        assert answer.headers["x-ratelimit-remaining"] == str(59 - number)
        world.ticks += SECOND // 2
    refused = world.bearer(keys[0], "GET", "/api/auth/me")
    assert code_of(refused) == (429, "rate_limited")
    assert refused.headers["retry-after"] == "30"
    assert refused.headers["x-ratelimit-limit"] == "60"
    assert int(refused.headers["x-ratelimit-reset"]) > 1_700_000_000
    world.ticks += 29 * SECOND
    assert world.bearer(keys[1], "GET", "/api/auth/me").status == 429
    world.ticks += SECOND
    assert world.bearer(keys[1], "GET", "/api/auth/me").status == 200
    assert world.bearer(keys[1], "GET", "/api/auth/me").status == 429, "the window slides"


def test_browsers_strangers_and_members_have_windows_of_their_own(world: World) -> None:
    world.set("REQUESTS_PER_MINUTE", 2)
    member, other = world.join(), world.join()
    keys = member.key(), other.key()
    for _ in range(2):
        assert world.send("GET", "/api/flags", host="2001:db8::1").status == 200
        assert world.bearer(keys[0], "GET", "/api/auth/me").status == 200
    assert world.send("GET", "/api/flags", host="2001:db8::ffff").status == 429, "one /64"
    assert world.send("GET", "/api/flags", host="2001:db8:0:1::1").status == 200
    assert world.bearer(keys[0], "GET", "/api/auth/me").status == 429
    assert world.bearer(keys[1], "GET", "/api/auth/me").status == 200
    assert member.click("GET", "/api/auth/me").status == 200


def test_a_wrong_key_is_counted_for_its_address(world: World) -> None:
    world.set("REQUESTS_PER_MINUTE", 1)
    assert code_of(world.bearer("pred_x", "GET", "/api/auth/me"))[0] == 401
    assert code_of(world.bearer("pred_x", "GET", "/api/auth/me"))[0] == 429


def test_a_forwarded_address_is_believed_from_our_own_proxy_alone(world: World) -> None:
    world.set("REQUESTS_PER_MINUTE", 1)
    site = world.running.services.site

    def ask(client: bytes, peer: str) -> int:
        forwarded = ((b"x-forwarded-for", b"203.0.113.66, " + client),)
        return world.send("GET", "/api/flags", None, forwarded, peer).status

    site.proxies = frozenset({"10.0.0.1"})
    try:
        assert [ask(b"198.51.100.1", "10.0.0.1"), ask(b"198.51.100.2", "10.0.0.1")] == [200, 200]
        assert ask(b"198.51.100.1", "10.0.0.1") == 429
        assert [ask(b"198.51.100.8", "10.9.9.9"), ask(b"198.51.100.9", "10.9.9.9")] == [200, 429]
    finally:
        site.proxies = frozenset()


def test_five_people_an_hour_register_from_one_address(world: World) -> None:
    world.set("REGISTER_PER_HOUR", 2)
    assert world.register(email="nonsense").status == 400, "that was none"
    assert [world.register().status for _ in range(3)] == [201, 201, 429]
    world.ticks += 3_600 * SECOND
    assert world.register().status == 201


def test_login_waits_after_five_failures_and_longer_after_each_more(world: World) -> None:
    member = world.join()
    for _ in range(5):
        assert code_of(world.login(member.email, "wrong one")) == (401, "bad_credentials")
    waits = []
    for _ in range(3):
        refused = world.login(member.email, PASSWORD)
        assert code_of(refused) == (429, "login_throttled")
        waits.append(int(refused.headers["retry-after"]))
        world.ticks += waits[-1] * SECOND
        assert world.login(member.email, "wrong one").status == 401
    assert waits == [60, 120, 240]
    world.ticks += 480 * SECOND
    assert world.login(member.email).status == 200
    assert world.login(member.email, "wrong one").status == 401
    assert world.login(member.email).status == 200, "a success forgives"


def test_nobody_tries_many_emails_from_one_address(world: World) -> None:
    world.set("LOGIN_FAILURES_PER_ADDRESS", 3)
    member = world.join()
    for number in range(3):
        assert world.login(f"guess{number}@example.com").status == 401
    assert code_of(world.login(member.email)) == (429, "login_throttled")
    elsewhere = {"email": member.email, "password": PASSWORD}
    answer = world.send("POST", "/api/auth/login", elsewhere, OUR_PAGES, "198.51.100.7")
    assert answer.status == 200


def test_the_first_check_that_fails_answers(world: World) -> None:
    member = world.join()
    key, reader = member.key(), member.key("read")
    path = "/api/me/api-keys"
    bad = b"{"
    assert code_of(world.send("PUT", path, bad)) == (405, "method_not_allowed")
    assert code_of(world.send("POST", "/api/nothing", bad)) == (404, "not_found")
    assert code_of(world.send("POST", path, bad)) == (401, "unauthenticated")
    assert code_of(world.bearer(key, "POST", path, bad)) == (403, "forbidden")
    assert code_of(world.bearer(reader, "GET", "/api/me/api-keys"))[0] == 403
    world.set("apiKeys", False)
    off = member.click("POST", path, bad)
    assert code_of(off) == (403, "feature_disabled")
    assert off.json["feature"] == "apiKeys"
    world.set("apiKeys", True)
    assert code_of(member.click("POST", path, bad)) == (400, "bad_json")
    text = (*member.browser(), (b"content-type", b"text/plain"))
    (answer,) = world.all_at_once(request("POST", path, text, b"{}"))
    assert code_of(answer) == (400, "bad_content_type")
    assert code_of(member.click("POST", path, {"name": 5})) == (400, "validation_failed")


def test_every_private_operation_wants_a_credential(world: World) -> None:
    for operation in SITE.operations:
        if operation.auth in ("public", "optional"):
            continue
        path = SITE.prefix + operation.path.replace("{", "").replace("}", "")
        answer = world.send(operation.method, path, b"nonsense")
        assert code_of(answer) == (401, "unauthenticated"), path
        assert answer.headers["www-authenticate"] == "Bearer"


def test_every_answer_names_its_request_and_public_ones_can_be_asked_for_again(
    world: World,
) -> None:
    first = world.send("GET", "/api/flags")
    assert first.headers["x-request-id"]
    assert first.headers["access-control-allow-origin"] == "*"
    assert first.headers["cache-control"] == "public, max-age=30"
    tag = first.headers["etag"]
    again = world.send("GET", "/api/flags", None, ((b"if-none-match", tag.encode()),))
    assert (again.status, again.body) == (304, b"")
    world.set("posts", False)
    changed = world.send("GET", "/api/flags", None, ((b"if-none-match", tag.encode()),))
    assert changed.status == 200
    assert not changed.json["flags"]["posts"]
    head = world.send("HEAD", "/api/flags")
    assert (head.status, head.body) == (200, b"")


def test_choices_are_read_in_any_case_and_whole_numbers_with_a_point(world: World) -> None:
    member = world.join()
    made = member.click("POST", "/api/me/api-keys", b'{"name":"x","expiresInDays":10.0}')
    assert made.status == 201
    for wrong in (b"10.5", b'"10"', b"true", b"1e999"):
        body = b'{"name":"x","expiresInDays":%b}' % wrong
        assert member.click("POST", "/api/me/api-keys", body).status == 400, wrong


def test_maintenance_stops_changes_and_not_reading(world: World) -> None:
    member = world.join()
    key = member.key()
    world.set("maintenance", True)
    assert world.bearer(key, "GET", "/api/auth/me").status == 200
    stopped = member.click("POST", "/api/me/api-keys", {"name": "x"})
    assert code_of(stopped) == (503, "exchange_paused")
    assert stopped.headers["retry-after"]


def test_https_makes_the_cookie_secure_and_pins_the_origin(world: World) -> None:
    site = world.running.services.site
    site.public_url = "https://presage.test"
    try:
        ours = ((b"host", b"presage.test"), (b"origin", b"https://presage.test"))
        body = {"email": "secure@example.com", "password": PASSWORD}
        answer = world.send("POST", "/api/auth/register", body, ours)
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-session=")
        assert "; Secure" in cookie
        plain = world.send("POST", "/api/auth/login", body, OUR_PAGES)
        assert code_of(plain) == (403, "csrf"), "http is another origin"
    finally:
        site.public_url = ""


def test_the_site_and_kalshi_do_not_eat_each_other_s_budget(world: World) -> None:
    world.set("REQUESTS_PER_MINUTE", 1)
    assert world.send("GET", "/api/flags").status == 200
    assert world.send("GET", "/api/flags").status == 429
    assert world.send("GET", "/trade-api/v2/exchange/status").status == 200
