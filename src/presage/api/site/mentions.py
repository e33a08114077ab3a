"""Whom a text calls by name: `@ada` is told that somebody did."""

from __future__ import annotations

import re
from typing import Any, Final

from presage.api.site.services import AnyCall, site_of
from presage.domain.ids import MemberId
from presage.site import blocks, notifications

MOST: Final = 5
_NAME: Final = re.compile(r"(?<![\w@./])@([A-Za-z0-9_]{3,20})\b")


def mentioned(call: AnyCall, text: str) -> list[MemberId]:
    """Members named in a text, each once, `MOST` at most; never its author."""
    found: dict[MemberId, None] = {}
    for name in _NAME.findall(text):
        person = site_of(call).people.by_username(name)
        if person is not None and person.number != call.caller.member:
            found[person.number] = None
    return list(found)[:MOST]


def tell(connection: Any, call: AnyCall, members: list[MemberId], url: str, **data: str) -> None:
    """Tell them, except where one has blocked the other."""
    author = site_of(call).people.find(call.caller.member)
    assert author is not None, "the caller has a row"
    for member in members:
        if not blocks.between(connection, member, author.number):
            title = f"{author.username} mentioned you"
            notifications.tell(
                connection, call.at, member, "MENTION", title, url=url, who=author.username, **data
            )
