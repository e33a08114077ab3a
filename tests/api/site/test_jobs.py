"""What runs beside the doors, as operators see it; and who may see what of this topic at all."""

from __future__ import annotations

import pytest

from presage.api.site.routes_rewards import REWARDS
from tests.api.site.trading import new_market, trade
from tests.api.site.world import World, code_of


def test_workers_are_listed_with_how_far_behind_they_are(world: World) -> None:
    world.work()
    jobs = {one["name"]: one for one in world.admin("GET", "/jobs")["jobs"]}
    assert {"rewards", "merits", "notifications", "referrals", "outbox"} <= jobs.keys()
    assert jobs["rewards"] == {"name": "rewards", "kind": "follower", "lag": 0, "error": ""}
    trade(world.join(), world.join(), new_market(world))
    jobs = {one["name"]: one for one in world.admin("GET", "/jobs")["jobs"]}
    assert jobs["rewards"]["lag"] > 0


def test_an_operator_has_one_run(world: World) -> None:
    done = world.admin("POST", "/jobs/rewards/run")
    assert done["job"]["name"] == "rewards"
    assert done["audit_id"] > 0
    assert world.refused("POST", "/jobs/nonsense/run") == (404, "not_found")
    member = world.join()
    for method, path in (("GET", "/api/admin/jobs"), ("POST", "/api/admin/jobs/rewards/run")):
        body = None if method == "GET" else {"reason": "x"}
        assert member.call(method, path, body).status == 403
        assert world.send(method, path, body).status == 401


@pytest.mark.parametrize("operation", REWARDS, ids=lambda one: f"{one.method} {one.path}")
def test_nobody_sees_or_changes_these_without_a_credential(world: World, operation: object) -> None:
    method, path = operation.method, f"/api{operation.path}"  # type: ignore[attr-defined]
    assert code_of(world.send(method, path)) == (401, "unauthenticated")
    reader = world.join().key("trade")
    wanted = 403 if operation.scope != "trade" else 200  # type: ignore[attr-defined]
    assert world.bearer(reader, method, path).status == wanted
