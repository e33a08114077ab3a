"""Which articles of the operator's feeds fit a question."""

from __future__ import annotations

import pytest

from presage.providers.rss import Feeds
from presage.providers.web import Unavailable
from presage.units import SECOND
from tests.providers.conftest import Lab
from tests.providers.samples import ATOM, BOMB, RSS
from tests.providers.standin import Asked, Says

QUESTION = "Will the Fed cut its rate in June?"


def feeds(lab: Lab, *paths: str) -> Feeds:
    return Feeds(lab.web, [lab.there.url + path for path in paths], lambda: lab.now)


def found(lab: Lab, provider: Feeds, question: str = QUESTION, limit: int = 20) -> list[str]:
    return [one.url for one in lab.do(provider.search(question, limit))]


def test_what_shares_enough_words_with_the_question_is_found_best_first(lab: Lab) -> None:
    lab.there.pages |= {"/rss": Says(RSS), "/atom": Says(ATOM)}
    both = feeds(lab, "/atom", "/rss")
    assert found(lab, both) == ["https://wire.example/fed", "https://atom.example/june"]
    assert found(lab, both, limit=1) == ["https://wire.example/fed"]
    assert found(lab, both, "Rain in Paris") == ["https://wire.example/rain"]
    assert found(lab, both, "Rain in Rome tomorrow") == [], "one word of three is an accident"
    assert found(lab, both, "Paris?") == ["https://wire.example/rain"]
    assert found(lab, both, "Will it?") == []


def test_a_feed_is_fetched_once_a_minute_for_all_questions(lab: Lab) -> None:
    lab.there.pages["/rss"] = Says(RSS)
    one = feeds(lab, "/rss")
    for question in (QUESTION, "Rain in Paris", "Another"):
        found(lab, one, question)
    assert len(lab.there.asked) == 1
    lab.now += 60 * SECOND
    found(lab, one)
    assert len(lab.there.asked) == 2


def test_a_feed_that_searches_by_itself_is_asked_the_question(lab: Lab) -> None:
    def search(asked: Asked) -> Says:
        return Says(RSS if "q=Snow%20%26%20ice%3F" in asked.target else b"")

    lab.there.pages["/search"] = search
    one = feeds(lab, "/search?q={query}&n=1")
    assert found(lab, one, "Snow & ice?") == [
        "https://wire.example/fed",
        "https://wire.example/rain",
    ]


def test_one_that_fails_takes_nothing_from_the_rest(lab: Lab) -> None:
    lab.there.pages |= {"/rss": Says(RSS), "/bomb": Says(BOMB)}
    assert found(lab, feeds(lab, "/bomb", "/gone", "/rss")) == ["https://wire.example/fed"]
    with pytest.raises(Unavailable):
        found(lab, feeds(lab, "/bomb", "/gone"))
