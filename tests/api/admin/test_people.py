"""Users, invitations, settings and flags, as those who run the site reach them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from presage.api.admin.routes import ADMIN
from tests.api.asking import Answer
from tests.api.site.world import Member, World, code_of

HOUR = 3_600 * 1_000_000


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    directory: Path = tmp_path_factory.mktemp("exchange") / "data"
    world = World(directory)
    yield world
    world.close()


def staff(world: World, role: str) -> Member:
    """A member with a role."""
    member = world.join()
    world.admin("PATCH", f"/users/{member.id}", role=role)
    return member


def act(who: Member, method: str, path: str, **body: Any) -> Answer:
    """What a browser session asks of the operators' API."""
    wanted = None if method == "GET" else {"reason": "a test", **body}
    return who.click(method, f"/api/admin{path}", wanted)


def test_an_administrator_works_with_a_fresh_session_or_a_key_with_the_scope(world: World) -> None:
    admin, target = staff(world, "admin"), world.join()
    path = f"/users/{target.id}"
    assert act(admin, "GET", path).status == 200
    ordinary, powerful = admin.key(), admin.key("read", "admin")
    assert code_of(world.bearer(ordinary, "GET", f"/api/admin{path}")) == (403, "scope_missing")
    assert world.bearer(powerful, "GET", f"/api/admin{path}").status == 200
    body = {"reason": "why not", "status": "MUTED"}
    assert world.bearer(powerful, "PATCH", f"/api/admin{path}", body).status == 200
    no_csrf = tuple(pair for pair in admin.browser() if pair[0] != b"x-csrf-token")
    assert code_of(world.send("PATCH", f"/api/admin{path}", body, no_csrf)) == (403, "csrf")
    world.now += 13 * HOUR
    stale = act(admin, "GET", path)
    assert code_of(stale) == (403, "forbidden")
    again = Member(world, admin.email, world.login(admin.email))
    assert act(again, "GET", path).status == 200


def test_a_role_is_lost_at_once(world: World) -> None:
    admin = staff(world, "ADMIN")
    assert act(admin, "GET", "/settings").status == 200
    world.admin("PATCH", f"/users/{admin.id}", role="USER")
    assert code_of(act(admin, "GET", "/settings")) == (403, "forbidden")


@pytest.mark.parametrize("role", ["user", "moderator", "resolver", "auditor", "admin"])
def test_the_table_says_which_role_reaches_what(world: World, role: str) -> None:
    who = staff(world, role)
    for operation in ADMIN.operations:
        if operation.auth == "public":
            continue
        path = operation.path.replace("{", "no-").replace("}", "")
        answer = who.click(operation.method, f"/api/admin{path}", b"nonsense")
        if role in operation.roles:
            assert answer.status not in (401, 403), operation.id
            assert answer.status < 500, operation.id
        else:
            assert code_of(answer) == (403, "forbidden"), operation.id


def test_users_are_found_by_name_role_and_status(world: World) -> None:
    ada = world.join(firstName="Zadora", lastName="Quill")
    mod = staff(world, "moderator")
    found = world.admin("GET", "/users?q=zadora")["users"]
    assert [one["id"] for one in found] == [ada.id]
    assert found[0]["email"] == ada.email
    assert [one["id"] for one in world.admin("GET", f"/users?q={mod.email}")["users"]] == [mod.id]
    moderators = world.admin("GET", "/users?role=moderator")["users"]
    assert mod.id in [one["id"] for one in moderators]
    assert {one["role"] for one in moderators} == {"MODERATOR"}
    everyone: list[str] = []
    cursor = ""
    while True:
        page = world.admin("GET", f"/users?limit=2&cursor={cursor}")
        everyone += [one["id"] for one in page["users"]]
        cursor = page["nextCursor"]
        if not cursor:
            break
    assert len(everyone) == len(set(everyone)) == len(world.running.services.site.people)
    with_filter = world.admin("GET", "/users?limit=1")["nextCursor"]
    assert world.refused("GET", f"/users?role=user&cursor={with_filter}") == (400, "bad_cursor")


def test_nothing_secret_is_shown(world: World) -> None:
    member = world.join()
    world.now += 1_000
    key = member.key()
    answer = world.call("GET", f"/api/admin/users/{member.id}")
    for secret in (key, "argon2", member.csrf, member.cookie.partition("=")[2]):
        assert secret.encode() not in answer.body
    actions = [one["action"] for one in answer.json["security"]]
    assert actions[0] == "key_created"
    assert set(actions[1:]) == {"login", "register"}


def test_a_suspended_member_reads_and_logs_out_and_nothing_else(world: World) -> None:
    member = world.join()
    key = member.key()
    done = world.admin("PATCH", f"/users/{member.id}", status="SUSPENDED")
    assert done["user"]["status"] == "SUSPENDED"
    assert member.get("/api/auth/me")["user"]["status"] == "SUSPENDED"
    assert code_of(member.click("POST", "/api/me/api-keys", {"name": "x"})) == (403, "suspended")
    listed = member.click("GET", "/api/me/api-keys").json["apiKeys"]
    assert member.click("DELETE", f"/api/me/api-keys?id={listed[0]['id']}").status == 200
    assert world.bearer(key, "GET", "/api/auth/me").status == 401
    assert world.login(member.email).status == 200
    world.admin("PATCH", f"/users/{member.id}", status="ACTIVE")
    assert member.click("POST", "/api/me/api-keys", {"name": "x"}).status == 201


def test_a_banned_member_is_out(world: World) -> None:
    member = world.join()
    key = member.key()
    world.admin("PATCH", f"/users/{member.id}", status="BANNED")
    assert code_of(world.bearer(key, "GET", "/api/auth/me")) == (403, "suspended")
    assert code_of(member.click("GET", "/api/auth/me")) == (403, "suspended")
    assert code_of(world.login(member.email)) == (403, "suspended")
    assert code_of(world.login(member.email, "wrong one")) == (401, "bad_credentials")
    member_row = world.admin("GET", "/users?q=" + member.username)["users"][0]
    assert member_row["status"] == "BANNED"


def test_a_moderator_mutes_and_does_nothing_else(world: World) -> None:
    moderator, member, admin = staff(world, "moderator"), world.join(), staff(world, "admin")
    path = f"/users/{member.id}"
    muted = act(moderator, "PATCH", path, status="MUTED", mutedHours=2)
    assert muted.json["user"]["status"] == "MUTED"
    assert member.get("/api/auth/me")["user"]["status"] == "MUTED"
    for wish in ({"status": "BANNED"}, {"role": "ADMIN"}, {"notes": "x"}):
        assert code_of(act(moderator, "PATCH", path, **wish)) == (403, "forbidden")
    refused = act(moderator, "PATCH", f"/users/{admin.id}", status="MUTED")
    assert code_of(refused) == (403, "forbidden")
    world.now += 2 * HOUR
    assert member.get("/api/auth/me")["user"]["status"] == "ACTIVE"


def test_nobody_changes_themselves(world: World) -> None:
    admin = staff(world, "admin")
    assert code_of(act(admin, "PATCH", f"/users/{admin.id}", role="USER")) == (409, "conflict")


def test_an_edit_of_what_changed_meanwhile_is_refused(world: World) -> None:
    member = world.join()
    path = f"/users/{member.id}"
    version = world.admin("GET", path)["user"]["version"]
    changed = world.admin("PATCH", path, notes="one", version=version)["user"]
    assert (changed["notes"], changed["version"]) == ("one", version + 1)
    assert world.refused("PATCH", path, notes="two", version=version) == (409, "version_conflict")
    headers = (*world.operator.sign("PATCH", f"/api/admin{path}"), (b"if-match", b'"1"'))
    body = {"reason": "a test", "notes": "two"}
    answer = world.send("PATCH", f"/api/admin{path}", body, headers)
    assert code_of(answer) == (409, "version_conflict")
    assert world.admin("GET", path)["user"]["notes"] == "one"


def test_a_member_is_logged_out_and_sent_a_link_by_an_administrator(world: World) -> None:
    member = world.join()
    path = f"/users/{member.id}"
    assert world.admin("POST", f"{path}/sessions/revoke")["revoked"] == 1
    assert member.click("GET", "/api/auth/me").status == 401
    assert world.admin("POST", f"{path}/password-reset")["mailed"]
    operator = world.running.services.site.people.find(1)
    assert operator is not None
    assert not world.admin("POST", f"/users/{operator.username}/password-reset")["mailed"]


def test_settings_have_bounds_and_count_at_once(world: World) -> None:
    listed = {one["name"]: one for one in world.admin("GET", "/settings")["settings"]}
    assert listed["SIGNUP_GRANT_CENTS"]["default"] == 100_000
    assert "posts" not in listed
    world.admin("PATCH", "/settings", settings={"SIGNUP_GRANT_CENTS": 500})
    assert world.register().json["user"]["balanceCents"] == 550
    for wrong in ({"PASSWORD_PASSES": 1}, {"NOBODY": 1}, {"posts": True}, {"MAX_API_KEYS": "3"}):
        refusal = world.refused("PATCH", "/settings", settings=wrong)
        assert refusal == (400, "validation_failed"), wrong
    both = {"MAX_API_KEYS": 3, "PASSWORD_PASSES": 999}
    assert world.refused("PATCH", "/settings", settings=both)[0] == 400
    now = {one["name"]: one["value"] for one in world.admin("GET", "/settings")["settings"]}
    assert now["MAX_API_KEYS"] == 10, "all or none"
    assert world.call("GET", "/api/admin/audit").json["rows"][0]["action"] == "settings.change"


def test_flags_switch_features_and_survive_a_restart(world: World) -> None:
    world.admin("PATCH", "/flags", flags={"registrationOpen": False})
    closed = world.register()
    assert code_of(closed) == (403, "feature_disabled")
    assert closed.json["feature"] == "registrationOpen"
    world.restart()
    assert not world.send("GET", "/api/flags").json["flags"]["registrationOpen"]
    assert world.register().status == 403
    world.admin("PATCH", "/flags", flags={"registrationOpen": True})
    assert world.register().status == 201
    assert world.refused("PATCH", "/flags", flags={"posts": 1}) == (400, "validation_failed")


def test_invitations_let_in_so_many_until_they_end(world: World) -> None:
    world.admin("PATCH", "/flags", flags={"inviteOnly": True})
    assert code_of(world.register()) == (403, "invite_required")
    made = world.admin("POST", "/invite-codes", uses=2, note="friends")["inviteCode"]
    code = made["code"]
    assert [world.register(inviteCode=code.lower()).status for _ in range(2)] == [201, 201]
    assert code_of(world.register(inviteCode=code)) == (403, "invite_required")
    ends = "2026-05-01T00:00:00+02:00"
    assert world.refused("POST", "/invite-codes", expiresAt=ends)[0] == 400, "in the past"
    world.now += 1_000
    other = world.admin("POST", "/invite-codes", uses=5)["inviteCode"]
    assert world.admin("DELETE", f"/invite-codes/{other['id']}")["inviteCode"]["revokedAt"]
    assert code_of(world.register(inviteCode=other["code"])) == (403, "invite_required")
    assert world.refused("DELETE", "/invite-codes", id=other["id"]) == (404, "not_found")
    first = world.admin("GET", "/invite-codes?limit=1")
    assert first["inviteCodes"][0]["id"] == other["id"]
    rest = world.admin("GET", f"/invite-codes?cursor={first['nextCursor']}")["inviteCodes"]
    assert (rest[-1]["id"], rest[-1]["used"]) == (made["id"], 2)
    world.admin("PATCH", "/flags", flags={"inviteOnly": False})


def test_a_hundred_people_share_one_last_invitation(world: World) -> None:
    world.admin("PATCH", "/flags", flags={"inviteOnly": True})
    code = world.admin("POST", "/invite-codes")["inviteCode"]["code"]
    answers = world.many_registrations(20, inviteCode=code)
    assert sorted(one.status for one in answers) == [201] + [403] * 19
    world.admin("PATCH", "/flags", flags={"inviteOnly": False})


def test_a_referral_gives_the_newcomer_more(world: World) -> None:
    member = world.join()
    code = member.user["referralCode"]
    before = world.register().json["user"]["balanceCents"]
    referred = world.register(referralCode=code.lower())
    assert referred.json["user"]["balanceCents"] == before + 2_500


def test_an_email_registers_once_even_at_once(world: World) -> None:
    answers = world.many_registrations(20, email="rush@example.com")
    assert sorted(one.status for one in answers) == [201] + [409] * 19
