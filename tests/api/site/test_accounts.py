"""Registration, login, sessions and Bearer keys, as requests."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.site.world import OUR_PAGES, PASSWORD, World, code_of, cookie_of


def test_registration_opens_an_account_with_play_money(world: World) -> None:
    answer = world.register(email="Ada@Example.COM", firstName="Ada", lastName="Lovelace")
    assert answer.status == 201
    user = answer.json["user"]
    assert user["email"] == "ada@example.com"
    assert user["username"].startswith("adalovelace")
    assert user["displayName"] == "Ada L."
    assert (user["role"], user["status"]) == ("USER", "ACTIVE")
    # the opening grant and the first day's streak
    assert (user["balanceCents"], user["balanceMicros"]) == (100_050, 1_000_500_000)
    assert answer.json["streak"]["awarded"]
    assert answer.json["streak"]["amountCents"] == 50
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("session=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_an_email_registers_once_in_any_case(world: World) -> None:
    world.join(email="once@example.com")
    assert code_of(world.register(email="ONCE@example.com")) == (409, "email_taken")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": "a@b"}, "email"),
        ({"email": "a@@b.c"}, "email"),
        ({"email": "a b@example.com"}, "email"),
        ({"email": "a\r\nBcc: x@example.com"}, "email"),
        ({"email": 5}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "password123"}, "password"),
        ({"password": "x" * 129}, "password"),
        ({"password": "12345678"}, "password"),
        ({"email": "same@example.com", "password": "same@example.com"}, "password"),
        ({"firstName": " "}, "firstName"),
        ({"lastName": "x" * 51}, "lastName"),
        ({"firstName": "a\u202eb"}, "firstName"),
        ({"referralCode": "NOBODY22"}, "referralCode"),
        ({"inviteCode": "NOBODY22"}, "inviteCode"),
    ],
)
def test_a_registration_that_cannot_be(world: World, fields: dict[str, Any], field: str) -> None:
    answer = world.register(**fields)
    assert code_of(answer) == (400, "validation_failed")
    assert [one["field"] for one in answer.json["details"]] == [field]


def test_the_password_opens_the_account_and_no_other_does(world: World) -> None:
    member = world.join()
    answer = world.login(member.email.upper())
    assert answer.status == 200
    assert answer.json["user"]["id"] == member.id
    assert not answer.json["streak"]["awarded"]
    wrong = world.login(member.email, "another password")
    nobody = world.login("nobody@example.com")
    assert code_of(wrong) == code_of(nobody) == (401, "bad_credentials")
    assert wrong.json["error"] == nobody.json["error"]
    assert wrong.headers["www-authenticate"] == "Bearer"


def test_me_is_shown_to_the_session_and_to_the_key(world: World) -> None:
    member = world.join()
    by_session = member.click("GET", "/api/auth/me").json
    assert by_session["user"]["auth"]["kind"] == "SESSION"
    assert by_session["csrfToken"] == member.csrf
    by_key = member.get("/api/auth/me")
    assert by_key["user"]["auth"]["kind"] == "API_KEY"
    assert by_key["user"]["auth"]["scopes"] == ["read", "social", "trade"]
    assert "csrfToken" not in by_key
    assert code_of(world.send("GET", "/api/auth/me")) == (401, "unauthenticated")


def test_a_session_ends_with_its_logout(world: World) -> None:
    member = world.join()
    ended = member.click("POST", "/api/auth/logout")
    assert ended.status == 200
    assert "Max-Age=0" in ended.headers["set-cookie"]
    assert code_of(member.click("GET", "/api/auth/me")) == (401, "unauthenticated")


def test_a_token_is_a_session_for_scripts(world: World) -> None:
    member = world.join()
    token = world.login(member.email, returnToken=True).json["token"]
    assert token.startswith("sess_")
    assert world.bearer(token, "GET", "/api/auth/me").status == 200
    world.now += 25 * 3_600 * 1_000_000
    assert code_of(world.bearer(token, "GET", "/api/auth/me")) == (401, "unauthenticated")


def test_a_key_is_shown_once_and_kept_only_as_a_digest(world: World) -> None:
    member = world.join()
    key = member.key()
    assert key.startswith("pred_")
    assert len(key) == 45
    shown = member.click("GET", "/api/me/api-keys")
    assert key.encode() not in shown.body
    assert shown.json["apiKeys"][0]["start"] == key[:12]
    assert key.encode() not in (world.data / "exchange.db").read_bytes()
    assert key.encode() not in (world.data / "exchange.db-wal").read_bytes()


def test_a_revoked_key_fails_at_the_next_call(world: World) -> None:
    member = world.join()
    key = member.key()
    id = member.click("GET", "/api/me/api-keys").json["apiKeys"][0]["id"]
    assert member.click("DELETE", f"/api/me/api-keys?id={id}").json == {"deleted": True}
    assert code_of(world.bearer(key, "GET", "/api/auth/me")) == (401, "key_revoked")
    assert code_of(member.click("DELETE", "/api/me/api-keys", {"id": id})) == (404, "not_found")


def test_keys_make_no_keys(world: World) -> None:
    member = world.join()
    for method in ("GET", "POST", "DELETE"):
        answer = member.call(method, "/api/me/api-keys", {"name": "x"})
        assert code_of(answer) == (403, "forbidden")


def test_a_key_that_is_not_one_of_ours(world: World) -> None:
    for key in ("pred_" + "x" * 40, "pred_", "nonsense", "sess_nonsense", "Bearer", ""):
        assert code_of(world.bearer(key, "GET", "/api/auth/me")) == (401, "unauthenticated")


def test_a_key_needs_the_scope(world: World) -> None:
    member = world.join()
    social = member.key("social")
    assert code_of(world.bearer(social, "GET", "/api/auth/me")) == (403, "scope_missing")


def test_members_have_ten_keys_at_most(world: World) -> None:
    member = world.join()
    for _ in range(10):
        assert member.click("POST", "/api/me/api-keys", {"name": "one"}).status == 201
    full = member.click("POST", "/api/me/api-keys", {"name": "eleven"})
    assert code_of(full) == (409, "limit_reached")


def test_only_administrators_have_the_scope_admin(world: World) -> None:
    member = world.join()
    answer = member.click("POST", "/api/me/api-keys", {"scopes": ["read", "admin"]})
    assert code_of(answer) == (403, "forbidden")


def test_a_change_by_a_browser_needs_our_pages_and_the_token(world: World) -> None:
    member = world.join()
    cookie = (b"cookie", member.cookie.encode())
    token = (b"x-csrf-token", member.csrf.encode())
    host = (b"host", b"presage.test")
    foreign = (host, (b"origin", b"http://evil.test"))
    for headers in (
        (cookie,),
        (cookie, token),
        (cookie, *OUR_PAGES),
        (cookie, token, *foreign),
        (cookie, token, host, (b"sec-fetch-site", b"cross-site")),
        (cookie, (b"x-csrf-token", b"wrong"), *OUR_PAGES),
    ):
        answer = world.send("POST", "/api/me/api-keys", {"name": "x"}, headers)
        assert code_of(answer) == (403, "csrf"), headers
    fetched = (cookie, token, host, (b"sec-fetch-site", b"same-origin"))
    assert world.send("POST", "/api/me/api-keys", {"name": "x"}, fetched).status == 201
    login = {"email": member.email, "password": PASSWORD}
    assert code_of(world.send("POST", "/api/auth/login", login, foreign)) == (403, "csrf")


def test_credentials_survive_a_restart(world: World) -> None:
    member = world.join()
    key = member.key()
    world.restart()
    assert world.bearer(key, "GET", "/api/auth/me").json["user"]["id"] == member.id
    assert member.click("GET", "/api/auth/me").status == 200
    assert cookie_of(world.login(member.email)) != member.cookie
