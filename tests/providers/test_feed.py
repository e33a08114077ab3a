"""Feeds of every kind become plain articles; those that are traps are refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from presage.providers.feed import MAX_DEPTH, read_feed
from presage.providers.web import Unavailable
from presage.units import SECOND
from tests.providers.samples import ATOM, BOMB, FILE, RDF, RSS


def at(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp()) * SECOND  # type: ignore[misc, arg-type]


def test_rss_is_read_without_its_markup() -> None:
    first, second = read_feed(RSS)
    assert first.title == "Fed & markets: rate cut in June likely"
    assert first.url == "https://wire.example/fed"
    assert first.source == "The Morning Wire"
    assert first.published_at == at(2026, 6, 1, 12)
    assert first.image_url == "https://wire.example/fed.jpg"
    assert first.snippet == "The Fed may cut."
    assert (second.source, second.published_at) == ("Meteo", at(2026, 5, 31, 10))
    assert second.image_url == "", "pictures come through https or not at all"


def test_atom_and_the_oldest_rss_are_read() -> None:
    (entry,) = read_feed(ATOM)
    assert (entry.title, entry.url) == ("June rate decision", "https://atom.example/june")
    assert (entry.source, entry.published_at) == ("An Atom feed", at(2026, 6, 1, 10))
    assert entry.snippet == "Rates and the Fed."
    (item,) = read_feed(RDF)
    assert (item.source, item.published_at) == ("Old édition", at(2026, 4, 30, 23))


@pytest.mark.parametrize("trap", [BOMB, FILE], ids=["a bomb of entities", "a file of ours"])
def test_entities_are_refused(trap: bytes) -> None:
    with pytest.raises(Unavailable, match="entities"):
        read_feed(trap)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><body>Not found<br></body></html>",
        b"\x00\xff\xfe",
        b"{}",
        b"<?xml version='1.0' encoding='no-such'?><rss/>",
        b"<rss>" + b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH + b"</rss>",
        b"<rss>" + b"<a/>" * 60_000 + b"</rss>",
    ],
)
def test_what_is_no_feed_is_refused(data: bytes) -> None:
    with pytest.raises(Unavailable):
        read_feed(data)


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "//nowhere",
        "https://user@host/",
        "https://a b/",
        "ftp://a/",
        "https://a/\"'>x",
        "https://[x/",
        "https://",
    ],
)
def test_an_article_leads_to_a_page_or_is_left_out(link: str) -> None:
    item = f"<item><title>t</title><link>{link.replace('>', '&gt;')}</link></item>"
    assert read_feed(f"<rss><channel>{item}</channel></rss>".encode()) == []


@pytest.mark.parametrize(
    "date", ["yesterday", "", "9999999", "Mon, 99 Foo 2026", "0001-01-01T00:00:00+14:00"]
)
def test_a_date_that_is_none_is_left_out(date: str) -> None:
    item = f"<item><title>t</title><link>https://a/</link><pubDate>{date}</pubDate></item>"
    (article,) = read_feed(f"<rss>{item}</rss>".encode())
    assert article.published_at == 0


def test_long_texts_are_cut_at_a_word() -> None:
    words = "word " * 100
    item = f"<item><title>t</title><link>https://a/</link><description>{words}</description></item>"
    (article,) = read_feed(f"<rss>{item}</rss>".encode())
    assert len(article.snippet) <= 200
    assert article.snippet.endswith("word…")
