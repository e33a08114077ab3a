"""Reads RSS 0.9 to 2.0 and Atom: bytes become articles.

A document with entities of its own is refused (a few bytes of them could become gigabytes), and so
is one that is nested deeper than any feed; nothing is ever fetched because a document names it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from presage.providers.news import MAX_SNIPPET, MAX_TITLE, Article
from presage.providers.plain import plain, web_address
from presage.providers.web import Unavailable
from presage.units import SECOND, Micros

MAX_DEPTH: Final = 50
MAX_ELEMENTS: Final = 50_000
MAX_ITEMS: Final = 200
_ATOM: Final = "http://www.w3.org/2005/Atom "
_DUBLIN: Final = "http://purl.org/dc/elements/1.1/ "
_MEDIA: Final = "http://search.yahoo.com/mrss/ "
_CONTENT: Final = "http://purl.org/rss/1.0/modules/content/ "
_PLAIN: Final = ("", "http://purl.org/rss/1.0/ ", "http://my.netscape.com/rdf/simple/0.9/ ")
_SHORT: Final = 100


def read_feed(data: bytes) -> list[Article]:
    """Its articles in their order. Raises: Unavailable."""
    root = _parse(data)
    channel = next((one for one in root.iter() if one.tag in _names("channel")), root)
    source = plain(_text(channel, _names("title")), _SHORT)
    wanted = {*_names("item"), f"{_ATOM}entry"}
    items = [one for one in root.iter() if one.tag in wanted][:MAX_ITEMS]
    found = (_article(item, source) for item in items)
    return [one for one in found if one is not None]


def _parse(data: bytes) -> Element:
    """The document's tree; namespaces stand before names, with a space between."""
    parser, builder = expat.ParserCreate(namespace_separator=" "), TreeBuilder()
    depth = count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > MAX_DEPTH or count > MAX_ELEMENTS:
            raise Unavailable("a feed that is too deep or too long")
        builder.start(name, attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(name)

    def refuse(*_: Any) -> NoReturn:
        raise Unavailable("a feed with entities of its own")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = parser.UnparsedEntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    try:
        parser.Parse(data, True)
        return builder.close()
    except (expat.ExpatError, LookupError, ValueError, AssertionError):
        raise Unavailable("not a feed") from None


def _names(local: str) -> tuple[str, ...]:
    """An element of RSS or Atom, whatever the version."""
    return (*(space + local for space in _PLAIN), _ATOM + local)


def _text(parent: Element, names: tuple[str, ...]) -> str:
    """All text of the first child with one of the names that has any."""
    for name in names:
        for child in parent:
            if child.tag == name:
                found = "".join(child.itertext()).strip()
                if found:
                    return found
    return ""


def _article(item: Element, source: str) -> Article | None:
    """None: it has no title, or leads nowhere."""
    title, url = plain(_text(item, _names("title")), MAX_TITLE), _link(item)
    if not title or not url:
        return None
    words = _text(item, (*_names("description"), *_names("summary"), f"{_CONTENT}encoded"))
    by = plain(_text(item, _names("source")), _SHORT)
    return Article(
        title=title,
        url=url,
        source=by or source,
        published_at=_moment(
            _text(item, (*_names("pubDate"), *_names("published"), *_names("updated")))
            or _text(item, (f"{_DUBLIN}date",))
        ),
        image_url=_picture(item),
        snippet=plain(words or _text(item, _names("content")), MAX_SNIPPET),
    )


def _link(item: Element) -> str:
    for child in item:
        if child.tag == f"{_ATOM}link" and child.get("rel", "alternate") == "alternate":
            found = web_address(child.get("href", ""))
            if found:
                return found
    return web_address(_text(item, _names("link"))) or web_address(_text(item, _names("guid")))


def _picture(item: Element) -> str:
    for child in item.iter():
        kind = child.get("type", "image/") if child.tag != f"{_MEDIA}content" else _kind(child)
        if child.tag in (*_names("enclosure"), f"{_MEDIA}content", f"{_MEDIA}thumbnail"):
            found = web_address(child.get("url", ""), secure=True)
            if found and kind.startswith("image/"):
                return found
    return ""


def _kind(child: Element) -> str:
    """What media:content says that it is, which it does in one of two ways."""
    return child.get("type") or ("image/" if child.get("medium") == "image" else "")


def _moment(text: str) -> Micros:
    """A date of RFC 822 or RFC 3339, 0 when it is neither."""
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            found = read(text)
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
        aware = found if found.tzinfo else found.replace(tzinfo=UTC)
        try:
            return max(0, int(aware.timestamp()) * SECOND)
        except (ValueError, OverflowError):
            return 0
    return 0
