"""News, their summaries and live cricket, told by a server on this machine that stands in for
others'."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from presage.app.outside import opened
from presage.app.settings import BadSetting, Settings, with_environment
from presage.providers.latest import PAUSE
from presage.providers.outside import MATCHES_FOR, NEWS_FOR, SUMMARY_FOR, Outside
from presage.site import news_cache
from presage.units import SECOND
from tests.api.asking import ask, request
from tests.api.site.dealing import Table
from tests.api.site.world import World, code_of
from tests.providers.samples import RSS, completion, match, matches
from tests.providers.standin import Says, StandIn

CHAT = "/v1/chat/completions"
CRICKET = "/api/currentMatches"
NOTHING = {"configured": False, "provider": None, "stale": False, "updatedAt": None}


class Abroad:
    """The stand-in, our side of it, and what time it is in the world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.there = StandIn()
        world.do(self.there.start())
        self.now = world.now
        self.configure()

    def configure(self, **more: Any) -> None:
        url = self.there.url
        settings = {
            "news_feeds": (f"{url}/feed",),
            "ai_url": f"{url}/v1",
            "ai_model": "small",
            "cricket_key": "key",
            "cricket_url": f"{url}/api",
            **more,
        }
        self.use(opened(Settings(data=Path("nowhere"), **settings)))

    def use(self, outside: Outside) -> None:
        site = self.world.running.services.site
        self.world.do(site.outside.close())
        outside.wall = lambda: self.now
        site.outside = outside

    def get(self, path: str) -> Any:
        answer = self.world.send("GET", f"/api/{path}")
        assert answer.status == 200, answer.body
        return answer.json

    def count(self, path: str) -> int:
        return sum(one.target.startswith(path) for one in self.there.asked)


@pytest.fixture
def abroad(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Abroad]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    made = Abroad(world)
    yield made
    made.use(Outside())
    world.do(made.there.stop())


def news_of(table: Table) -> str:
    return f"events/by-slug/{table.slug}/news"


@pytest.fixture(name="fed")
def _fed(world: World) -> Table:
    table = Table(world)
    world.admin("PATCH", f"/events/{table.ticker}-E", title="Will the Fed cut its rate in June?")
    return table


def test_without_providers_it_says_so(world: World) -> None:
    table = Table(world)
    news = world.send("GET", f"/api/{news_of(table)}")
    assert (news.status, news.json) == (200, {**NOTHING, "articles": [], "summary": None})
    cricket = world.send("GET", "/api/cricket/live")
    assert (cricket.status, cricket.json) == (200, {**NOTHING, "matches": []})
    flags = world.send("GET", "/api/flags").json["flags"]
    assert (flags["news"], flags["aiSummary"], flags["cricket"]) == (False, False, False)


def test_news_with_a_summary(world: World, abroad: Abroad, fed: Table) -> None:
    abroad.there.pages |= {"/feed": Says(RSS), CHAT: Says(completion("A cut is near."))}
    said = abroad.get(news_of(fed))
    assert said["configured"] is True
    assert (said["provider"], said["stale"]) == ("rss", False)
    assert "error" not in said
    assert said["articles"] == [
        {
            "title": "Fed & markets: rate cut in June likely",
            "url": "https://wire.example/fed",
            "source": "The Morning Wire",
            "publishedAt": "2026-06-01T12:00:00.000Z",
            "imageUrl": "https://wire.example/fed.jpg",
            "snippet": "The Fed may cut.",
        }
    ]
    summary = said["summary"]
    assert (summary["text"], summary["model"]) == ("A cut is near.", "small-1")
    assert summary["sources"] == ["https://wire.example/fed"]
    assert summary["machineMade"] is True
    assert summary["generatedAt"] == said["updatedAt"]
    flags = abroad.get("flags")["flags"]
    assert (flags["news"], flags["aiSummary"], flags["cricket"]) == (True, True, True)


def test_news_without_a_summariser_or_a_working_one(
    world: World, abroad: Abroad, fed: Table
) -> None:
    abroad.there.pages |= {"/feed": Says(RSS), CHAT: Says(status=500)}
    said = abroad.get(news_of(fed))
    assert (len(said["articles"]), said["summary"]) == (1, None)
    abroad.configure(ai_url="")
    assert abroad.get(news_of(fed))["summary"] is None
    assert abroad.get("flags")["flags"]["aiSummary"] is False
    assert abroad.count(CHAT) == 1


def test_an_event_without_news_is_not_summarised(abroad: Abroad, world: World) -> None:
    abroad.there.pages["/feed"] = Says(RSS)
    said = abroad.get(news_of(Table(world)))
    assert (said["articles"], said["summary"], said["stale"]) == ([], None, False)
    assert said["updatedAt"] is not None
    assert abroad.count(CHAT) == 0


def test_news_are_kept_a_quarter_of_an_hour_and_summaries_six_hours(
    abroad: Abroad, fed: Table
) -> None:
    abroad.there.pages |= {"/feed": Says(RSS), CHAT: Says(completion("One."))}
    abroad.get(news_of(fed))
    abroad.now += NEWS_FOR - 1
    abroad.get(news_of(fed))
    assert (abroad.count("/feed"), abroad.count(CHAT)) == (1, 1)
    abroad.now += 1
    abroad.get(news_of(fed))
    assert (abroad.count("/feed"), abroad.count(CHAT)) == (2, 1)
    abroad.now += SUMMARY_FOR
    abroad.there.pages[CHAT] = Says(completion("Two."))
    assert abroad.get(news_of(fed))["summary"]["text"] == "Two."


def test_when_the_provider_is_down_old_news_are_better_than_none(
    world: World, abroad: Abroad, fed: Table
) -> None:
    abroad.there.pages |= {"/feed": Says(RSS), CHAT: Says(completion("One."))}
    fresh = abroad.get(news_of(fed))
    abroad.there.pages = {}
    abroad.now += 5 * NEWS_FOR
    stale = abroad.get(news_of(fed))
    assert stale == fresh | {"stale": True}
    never = abroad.get(news_of(Table(world)))
    assert never == {
        "configured": True,
        "provider": "rss",
        "articles": [],
        "summary": None,
        "stale": False,
        "updatedAt": None,
        "error": "provider_unavailable",
    }
    assert abroad.count("/feed") == 2, "after a failure nobody is asked for a while"


def test_a_restart_asks_nobody_again(world: World, abroad: Abroad, fed: Table) -> None:
    abroad.there.pages |= {"/feed": Says(RSS), CHAT: Says(completion("Kept."))}
    before = abroad.get(news_of(fed))
    abroad.there.pages = {}
    abroad.configure()  # nothing in memory
    assert abroad.get(news_of(fed)) == before
    abroad.now += SUMMARY_FOR
    assert abroad.get(news_of(fed)) == before | {"stale": True}


def test_what_another_version_kept_is_asked_for_anew(
    world: World, abroad: Abroad, fed: Table
) -> None:
    row = world.running.services.site.events.by_slug(fed.slug)
    assert row is not None
    for kind in (news_cache.ARTICLES, news_cache.SUMMARY):
        told = news_cache.Told(abroad.now, '[{"headline":"old"}]')
        put = partial(news_cache.put, event=row.id, kind=kind, told=told)
        world.do(world.running.services.gateway.submit(None, put))
    abroad.there.pages |= {"/feed": Says(RSS), CHAT: Says(completion("New."))}
    said = abroad.get(news_of(fed))
    assert (len(said["articles"]), said["summary"]["text"]) == (1, "New.")


def test_nobody_waits_for_a_slow_summariser(abroad: Abroad, fed: Table) -> None:
    abroad.there.pages |= {"/feed": Says(RSS), CHAT: Says(silent=True)}
    abroad.world.running.services.site.outside.summaries.patience = 0
    said = abroad.get(news_of(fed))
    assert (len(said["articles"]), said["summary"]) == (1, None)


def test_a_hundred_readers_ask_a_provider_once(abroad: Abroad, fed: Table) -> None:
    abroad.there.pages |= {"/feed": Says(RSS), CHAT: Says(completion("Once."))}
    asked = [request("GET", f"/api/{news_of(fed)}") for _ in range(100)]
    answers = abroad.world.all_at_once(*asked)
    assert {one.json["summary"]["text"] for one in answers} == {"Once."}
    assert (abroad.count("/feed"), abroad.count(CHAT)) == (1, 1)
    assert abroad.there.most_at_once == 1


def test_orders_are_taken_while_a_provider_is_awaited(abroad: Abroad, fed: Table) -> None:
    """The request for news hangs in the provider; trading goes on in the same loop."""
    abroad.there.pages["/feed"] = Says(silent=True)
    door = abroad.world.running.door
    who = abroad.world.join()
    key = (b"authorization", f"Bearer {who.key()}".encode())

    async def run() -> bool:
        loop = asyncio.get_running_loop()
        waiting = loop.create_task(ask(door, request("GET", f"/api/{news_of(fed)}")))
        await abroad.there.arrived.wait()
        answer = await ask(door, request("GET", "/api/auth/me", (key,)))
        assert answer.status == 200
        still = not waiting.done()
        waiting.cancel()
        return still

    assert abroad.world.do(run())


def test_how_many_articles(abroad: Abroad, world: World, fed: Table) -> None:
    items = "".join(
        f"<item><title>Fed rate {n}</title><link>https://a.example/{n}</link></item>"
        for n in range(30)
    )
    abroad.there.pages["/feed"] = Says(f"<rss>{items}</rss>".encode())
    assert len(abroad.get(news_of(fed))["articles"]) == 8
    assert len(abroad.get(f"{news_of(fed)}?limit=20")["articles"]) == 20
    assert len(abroad.get(f"{news_of(fed)}?limit=1")["articles"]) == 1
    for limit in ("0", "21", "x"):
        answer = world.send("GET", f"/api/{news_of(fed)}?limit={limit}")
        assert code_of(answer) == (400, "validation_failed")


def test_of_an_event_that_is_none(world: World, abroad: Abroad) -> None:
    for path in ("news", "sponsor"):
        answer = world.send("GET", f"/api/events/by-slug/nowhere/{path}")
        assert code_of(answer) == (404, "not_found")


def test_live_cricket_beside_the_events_about_it(world: World, abroad: Abroad) -> None:
    named, tagged, half = Table(world), Table(world), Table(world)
    world.admin("PATCH", f"/events/{named.ticker}-E", title="Will Northland beat Southport?")
    world.admin("PATCH", f"/events/{half.ticker}-E", title="Will Northlanders visit Southport?")
    world.admin("PATCH", f"/events/{tagged.ticker}-E", tags=["cricket:0b5b4f5e"])
    abroad.there.pages[CRICKET] = Says(matches(match()))
    said = abroad.get("cricket/live")
    assert (said["provider"], said["stale"]) == ("cricketdata.org", False)
    (one,) = said["matches"]
    assert one == {
        "id": "0b5b4f5e-2f4c-4a3f-9b43-5a1f2f3c4d5e",
        "series": "The Island Trophy",
        "format": "TEST",
        "venue": "The Green, Northland City",
        "startAt": "2026-06-01T09:30:00.000Z",
        "status": "LIVE",
        "statusText": "Day 2: Southport trail by 40 runs",
        "teams": [
            {"name": "Northland", "short": "", "score": 280, "wickets": 10, "overs": 88.3},
            {"name": "Southport", "short": "SPT", "score": 240, "wickets": 6, "overs": 70},
        ],
        "result": None,
        "eventSlugs": [tagged.slug, named.slug],
    }
    over = match(matchEnded=True, status="Northland won by 3 wickets")
    abroad.there.pages[CRICKET] = Says(matches(over))
    abroad.now += MATCHES_FOR
    (one,) = abroad.get("cricket/live")["matches"]
    assert (one["status"], one["result"]) == ("FINISHED", "Northland won by 3 wickets")
    event = world.send("GET", f"/api/events/{named.slug}").json["event"]
    assert event["status"] == "OPEN", "what is reported resolves nothing"


def test_old_scores_are_shown_for_a_while_and_then_no_more(world: World, abroad: Abroad) -> None:
    abroad.there.pages[CRICKET] = Says(matches(match()))
    fresh = abroad.get("cricket/live")
    abroad.now += MATCHES_FOR - 1
    abroad.get("cricket/live")
    assert abroad.count("/api") == 1
    abroad.there.pages = {}
    abroad.now += 900 * SECOND - MATCHES_FOR + 1
    assert abroad.get("cricket/live") == fresh | {"stale": True}
    abroad.now += PAUSE
    answer = world.send("GET", "/api/cricket/live")
    assert code_of(answer) == (503, "provider_unavailable")
    assert int(answer.headers["retry-after"]) == PAUSE // SECOND
    abroad.there.pages[CRICKET] = Says(matches(match()))
    abroad.now += PAUSE
    assert abroad.get("cricket/live")["stale"] is False


def test_what_an_operator_configures_by_the_environment() -> None:
    environ = {
        "PRESAGE_NEWS_FEEDS": "https://a.example/rss https://b.example/?q={query}",
        "PRESAGE_AI_URL": "http://localhost:11434/v1",
        "PRESAGE_AI_MODEL": "small",
        "PRESAGE_CRICKET_KEY": "k",
    }
    settings = with_environment(Settings(), environ)
    assert opened(settings).flags() == {"news": True, "aiSummary": True, "cricket": True}
    assert opened(with_environment(Settings(), {})).flags() == {
        "news": False, "aiSummary": False, "cricket": False,
    }  # fmt: skip
    for name, value in {
        "PRESAGE_NEWS_FEEDS": "file:///etc/passwd",
        "PRESAGE_AI_MODEL": "",
        "PRESAGE_CRICKET_URL": "cricket",
    }.items():
        with pytest.raises(BadSetting):
            opened(with_environment(Settings(), environ | {name: value}))
    many = {"PRESAGE_NEWS_FEEDS": "https://a.example/ " * 21}
    with pytest.raises(BadSetting):
        opened(with_environment(Settings(), many))
