"""Sessions, passwords, mails that let people in, second factors, and the end of an account."""

from __future__ import annotations

import io
import json
import re
import zipfile
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from presage.identity import totp
from presage.identity.passwords import Hasher
from presage.site import media, notes, preferences
from presage.site.media import Picture
from presage.units import SECOND
from presage.workers.clerk import Clerk
from presage.workers.mailer import Mailer, as_files
from tests.api.admin.world import Person
from tests.api.site.paying import act, deposit, staff, withdraw
from tests.api.site.trading import number_of
from tests.api.site.world import OUR_PAGES, PASSWORD, Member, World, code_of

MINUTE = 60 * SECOND
DAY = 86_400 * SECOND
OTHER = "another good password"


def mailed(world: World) -> list[EmailMessage]:
    """Send what waits; the mails that there are now, oldest first."""
    services = world.running.services
    folder = world.data / "mail"
    before = set(folder.glob("*.eml"))
    mailer = Mailer(services.gateway, services.reader, as_files(folder), "us@example.com")
    world.do(mailer.work(world.now))
    fresh = sorted(set(folder.glob("*.eml")) - before)
    return [message_from_bytes(one.read_bytes(), policy=policy.default) for one in fresh]


def token_in(mail: EmailMessage) -> str:
    found = re.search(r"token alone: (\S+)", str(mail.get_content()))
    assert found
    return found[1]


def post(world: World, path: str, **body: object) -> tuple[int, str]:
    """Status and code of a request from our pages that nobody signed."""
    answer = world.send("POST", path, body, OUR_PAGES)
    return (answer.status, "") if answer.status < 400 else code_of(answer)


def test_sessions_are_listed_and_ended_from_afar(world: World) -> None:
    member = world.join()
    world.now += SECOND
    elsewhere = Member(world, member.email, world.login(member.email))
    listed = member.click("GET", "/api/me/sessions").json["sessions"]
    assert [one["current"] for one in listed] == [True, False]
    assert listed[1]["ip"] == "192.0.2.1"
    other = listed[1]["id"]
    assert member.click("DELETE", f"/api/me/sessions?id={other}").json == {"revoked": 1}
    assert code_of(elsewhere.click("GET", "/api/auth/me")) == (401, "unauthenticated")
    assert code_of(member.click("DELETE", f"/api/me/sessions?id={other}")) == (404, "not_found")
    for _ in range(3):
        world.login(member.email)
    assert member.click("DELETE", "/api/me/sessions", {"all": True}).json == {"revoked": 3}
    assert member.click("GET", "/api/auth/me").status == 200
    assert code_of(member.click("DELETE", "/api/me/sessions")) == (400, "validation_failed")


def test_a_session_ends_a_month_after_its_last_use_and_ninety_days_after_its_login(
    world: World,
) -> None:
    used, unused = world.join(), world.join()
    start = world.now
    for day in range(20, 90, 20):
        world.now = start + day * DAY
        assert used.click("GET", "/api/auth/me").status == 200
    assert code_of(unused.click("GET", "/api/auth/me")) == (401, "unauthenticated")
    world.now = start + 90 * DAY
    assert code_of(used.click("GET", "/api/auth/me")) == (401, "unauthenticated")


def test_the_last_uses_are_written_down_later(world: World) -> None:
    member = world.join()
    key = member.key()
    world.now += 2 * 3_600 * SECOND
    member.click("GET", "/api/auth/me")
    world.bearer(key, "GET", "/api/auth/me")
    site = world.running.services.site
    clerk = Clerk(world.running.services.gateway, site.uses, site.touched)
    world.do(clerk.work(world.now))
    assert not site.uses
    assert not site.touched
    shown = member.click("GET", "/api/me/api-keys").json["apiKeys"][0]
    assert shown["lastUsedIp"] == "192.0.2.1"
    sessions = member.click("GET", "/api/me/sessions").json["sessions"]
    assert sessions[0]["lastUsedAt"] == shown["lastUsedAt"] != sessions[0]["createdAt"]


def test_a_changed_password_ends_all_other_sessions_and_leaves_the_keys(world: World) -> None:
    member = world.join()
    key = member.key()
    elsewhere = Member(world, member.email, world.login(member.email))
    wrong = {"oldPassword": "not this one", "newPassword": OTHER}
    assert code_of(member.click("POST", "/api/auth/password", wrong)) == (401, "bad_credentials")
    weak = {"oldPassword": PASSWORD, "newPassword": "password1"}
    assert code_of(member.click("POST", "/api/auth/password", weak)) == (400, "validation_failed")
    right = {"oldPassword": PASSWORD, "newPassword": OTHER}
    assert member.click("POST", "/api/auth/password", right).status == 200
    assert member.click("GET", "/api/auth/me").status == 200
    assert elsewhere.click("GET", "/api/auth/me").status == 401
    assert world.bearer(key, "GET", "/api/auth/me").status == 200
    assert world.login(member.email).status == 401
    assert world.login(member.email, OTHER).status == 200


def test_a_forgotten_password_is_replaced_by_mail(world: World) -> None:
    member = world.join()
    key = member.key()
    mailed(world)
    assert post(world, "/api/auth/forgot", email=member.email.upper()) == (202, "")
    (mail,) = mailed(world)
    assert mail["To"] == member.email
    token = token_in(mail)
    assert token.encode() not in (world.data / "exchange.db").read_bytes()
    body = {"token": token, "newPassword": OTHER, "revokeKeys": True}
    assert post(world, "/api/auth/reset", **body) == (200, "")
    assert member.click("GET", "/api/auth/me").status == 401
    assert code_of(world.bearer(key, "GET", "/api/auth/me")) == (401, "key_revoked")
    assert world.login(member.email, OTHER).json["user"]["emailVerified"]
    assert post(world, "/api/auth/reset", **body) == (400, "validation_failed")


def test_nobody_learns_from_a_forgotten_password_who_is_here(world: World) -> None:
    member = world.join()
    mailed(world)
    known = world.send("POST", "/api/auth/forgot", {"email": member.email}, OUR_PAGES)
    unknown = world.send("POST", "/api/auth/forgot", {"email": "no@example.com"}, OUR_PAGES)
    nonsense = world.send("POST", "/api/auth/forgot", {"email": "nonsense"}, OUR_PAGES)
    assert [one.status for one in (known, unknown, nonsense)] == [202] * 3
    assert known.body == unknown.body == nonsense.body
    assert len(mailed(world)) == 1


def test_a_word_from_a_mail_works_for_an_hour_and_the_newest_alone(world: World) -> None:
    member = world.join()
    mailed(world)
    post(world, "/api/auth/forgot", email=member.email)
    (first,) = mailed(world)
    post(world, "/api/auth/forgot", email=member.email)
    (second,) = mailed(world)
    for mail, later in ((first, 0), (second, 61 * MINUTE)):
        world.now += later
        body = {"token": token_in(mail), "newPassword": OTHER}
        assert post(world, "/api/auth/reset", **body) == (400, "validation_failed")
    assert post(world, "/api/auth/reset", token="x", newPassword=OTHER)[0] == 400


def test_an_address_is_proved_by_its_mail(world: World) -> None:
    mailed(world)
    member = world.join()
    assert not member.user["emailVerified"]
    (mail,) = mailed(world)
    assert post(world, "/api/auth/verify-email", token=token_in(mail)) == (200, "")
    assert member.get("/api/auth/me")["user"]["emailVerified"]
    assert post(world, "/api/auth/verify-email", token=token_in(mail))[0] == 400


def test_the_operator_s_own_address_makes_an_administrator_once_it_is_proved(world: World) -> None:
    mailed(world)
    site = world.running.services.site
    site.admin_email = "Boss@example.com"
    try:
        boss, other = world.join(email="boss@example.com"), world.join()
        assert boss.user["role"] == "USER", "anybody could say so"
        for mail in mailed(world):
            assert post(world, "/api/auth/verify-email", token=token_in(mail)) == (200, "")
        assert boss.get("/api/auth/me")["user"]["role"] == "ADMIN"
        assert other.get("/api/auth/me")["user"]["role"] == "USER"
    finally:
        site.admin_email = ""


def test_a_mail_that_cannot_be_sent_is_tried_again_with_the_same_id(world: World) -> None:
    mailed(world)
    member = world.join()
    services, tried = world.running.services, []

    def fail(made: EmailMessage) -> None:
        tried.append(made["Message-ID"])
        raise OSError("no route")

    mailer = Mailer(services.gateway, services.reader, fail, "us@example.com")
    assert world.do(mailer.step(world.now)) == 1
    assert world.do(mailer.step(world.now)) == 0
    world.now += MINUTE
    assert world.do(mailer.step(world.now)) == 1
    assert len(set(tried)) == 1
    world.now += MINUTE
    (mail,) = mailed(world)
    assert (mail["Message-ID"], mail["To"]) == (tried[0], member.email)


def test_a_second_factor(world: World) -> None:
    member = world.join()
    path = "/api/me/totp"
    assert code_of(member.click("POST", path, {"password": "wrong word"})) == (
        401,
        "bad_credentials",
    )
    made = member.click("POST", path, {"password": PASSWORD}).json
    assert not made["enabled"]
    assert made["secret"] in made["otpauthUrl"]
    assert world.login(member.email).status == 200, "not in force yet"

    def digits(later: int = 0) -> str:
        return totp.code(made["secret"], world.now // SECOND // totp.STEP + later)

    wrong = f"{(int(digits()) + 1) % 1_000_000:06d}"
    assert code_of(member.click("POST", path, {"code": wrong})) == (400, "validation_failed")
    assert member.click("POST", path, {"code": digits()}).json == {"enabled": True}
    asked = world.login(member.email)
    assert code_of(asked) == (401, "bad_credentials")
    assert asked.json["totpRequired"]
    assert world.login(member.email, totp=digits()).status == 401, "used to switch it on"
    world.now += 30 * SECOND
    assert world.login(member.email, totp=digits()).status == 200
    assert world.login(member.email, totp=digits()).status == 401, "each once"
    assert code_of(member.click("POST", path, {"password": PASSWORD})) == (409, "conflict")
    secret = made["secret"].encode()
    for file in ("exchange.db", "exchange.db-wal"):
        assert secret not in (world.data / file).read_bytes()
    assert member.click("DELETE", path, {"password": PASSWORD}).json == {"enabled": False}
    assert world.login(member.email).status == 200


def test_an_export_holds_everything_of_the_member_and_nothing_of_others(world: World) -> None:
    member, other = world.join(), world.join()
    member.key("read", "account")
    answer = world.bearer(member.key("read", "account"), "GET", "/api/me/export")
    assert answer.headers["content-type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(answer.body))

    def lines(name: str) -> list[dict[str, object]]:
        return [json.loads(line) for line in archive.read(f"{name}.jsonl").splitlines()]

    (profile,) = lines("profiles")
    assert profile["email"] == member.email
    assert "notes" not in profile
    assert len(lines("bearer_keys")) == 1
    assert {line["action"] for line in lines("security_log")} >= {"register", "key_created"}
    everything = b"".join(archive.read(name) for name in archive.namelist())
    assert other.email.encode() not in everything
    assert b"argon2" not in everything
    assert not {"passwords.jsonl", "totp.jsonl", "one_time.jsonl"} & set(archive.namelist())


def test_a_closed_account_is_gone(world: World) -> None:
    member = world.join(firstName="Eve", lastName="Adams")
    key = member.key()
    number = world.running.services.site.people.by_username(member.username)
    assert number is not None
    made = world.admin("POST", f"/members/{number.number}/keys")["key"]
    signer = Person(made["id"], made["private_key"])
    assert world.balance(signer) > 0
    assert code_of(member.click("DELETE", "/api/me", {"password": "wrong"}))[0] == 401
    assert member.click("DELETE", "/api/me", {"password": PASSWORD}).json == {"closed": True}
    assert code_of(member.click("GET", "/api/auth/me")) == (401, "unauthenticated")
    assert world.bearer(key, "GET", "/api/auth/me").status == 401
    assert world.call("GET", "/trade-api/v2/portfolio/balance", None, signer).status == 401
    assert code_of(world.login(member.email)) == (401, "bad_credentials")
    assert world.join(email=member.email).id != member.id
    shown = world.admin("GET", f"/members/{number.number}")["member"]
    assert (shown["name"], shown["status"]) == ("Closed account", "closed")


def test_an_account_with_open_positions_is_not_closed(world: World) -> None:
    member = world.join()
    person = world.running.services.site.people.by_username(member.username)
    assert person is not None
    made = world.admin("POST", f"/members/{person.number}/keys")["key"]
    ticker = world.list_market("CLOSING")
    world.order(world.one, ticker, "ask", "0.4000")
    world.order(Person(made["id"], made["private_key"]), ticker, "bid", "0.4000")
    refused = member.click("DELETE", "/api/me", {"password": PASSWORD})
    assert code_of(refused) == (409, "conflict")


def test_an_account_with_money_on_its_way_is_not_closed(world: World) -> None:
    world.set("deposits", True)
    world.set("withdrawals", True)
    ann, bob = world.join(), world.join()
    out, admin = withdraw(ann, 100)["id"], staff(world)
    coming = deposit(bob, 100)["deposit"]["id"]
    for member in (ann, bob):
        refused = member.click("DELETE", "/api/me", {"password": PASSWORD})
        assert code_of(refused) == (409, "conflict")
    ann.click("DELETE", f"/api/withdrawals/{out}")
    act(admin, "POST", f"/deposits/{coming}/fail")
    for member in (ann, bob):
        assert member.click("DELETE", "/api/me", {"password": PASSWORD}).status == 200


def test_what_only_concerned_the_member_goes_with_the_account(world: World) -> None:
    member = world.join()
    number = number_of(member)
    for at in range(3):
        member.call("POST", "/api/me/trade-notes", {"body": f"thought {at}"})
    member.call("PATCH", "/api/me/preferences", {"bio": "Nobody knows"})

    def give_picture(connection: Any) -> None:
        picture = Picture("0" * 32 + "-512.webp", number, b"a picture", world.now)
        media.put(connection, number, [picture])

    services = world.running.services
    world.do(services.gateway.submit(None, give_picture))
    archive = zipfile.ZipFile(
        io.BytesIO(world.bearer(member.key("read"), "GET", "/api/me/export").body)
    )
    assert archive.read("trade_notes.jsonl").count(b"thought") == 3
    assert b"Nobody knows" in archive.read("preferences.jsonl")
    assert member.click("DELETE", "/api/me", {"password": PASSWORD}).status == 200

    def left(connection: Any) -> tuple[int, str, bytes | None]:
        own = notes.page(connection, number, "", 9)
        bio = preferences.find(connection, number).bio
        return len(own), bio, media.find(connection, "0" * 32 + "-512.webp")

    assert world.do(services.reader.run(left)) == (0, "", None)


def warned(member: Member) -> list[str]:
    member.world.work()
    cookie = Member(member.world, member.email, member.world.login(member.email))
    listed = cookie.click("GET", "/api/me/notifications?type=SECURITY").json
    return [one["title"] for one in listed["notifications"]]


def test_a_member_is_told_of_whatever_opens_the_account(world: World) -> None:
    world.work()
    member = world.join()
    assert warned(member) == [], "nothing new about the same place"
    body = {"email": member.email, "password": PASSWORD}
    world.send("POST", "/api/auth/login", body, OUR_PAGES, host="203.0.113.9")
    assert warned(member) == ["Your account was entered from a new place"]
    world.send("POST", "/api/auth/login", body, OUR_PAGES, host="203.0.113.9")
    assert len(warned(member)) == 1, "it is known by now"
    world.now += 1_000
    member.click("POST", "/api/me/api-keys", {"name": "bot"})
    assert warned(member)[0] == "A new API key was made for your account"
    world.now += 1_000
    world.admin("POST", f"/members/{number_of(member)}/keys")
    assert len(warned(member)) == 3
    world.now += 1_000
    change = {"oldPassword": PASSWORD, "newPassword": "another good one 7"}
    assert member.click("POST", "/api/auth/password", change).status == 200
    world.work()
    login = world.login(member.email, "another good one 7")
    again = Member(world, member.email, login)
    titles = again.click("GET", "/api/me/notifications?type=SECURITY").json["notifications"]
    assert titles[0]["title"] == "Your password was changed"


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_what_a_browser_does_about_access_no_key_does(world: World, method: str) -> None:
    member = world.join()
    paths = {"GET": ["/me/sessions"], "POST": ["/auth/password", "/auth/logout", "/me/totp"]}
    for path in paths.get(method, ["/me/sessions", "/me/totp", "/me"]):
        assert code_of(member.call(method, f"/api{path}", {})) == (403, "forbidden"), path


def test_words_that_were_guessed_cost_no_hash(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object) -> str:
        raise AssertionError("a guess was worth a hash")

    monkeypatch.setattr(Hasher, "hash", never)
    guess = post(world, "/api/auth/reset", token="x" * 40, newPassword=OTHER)
    assert guess == (400, "validation_failed")
