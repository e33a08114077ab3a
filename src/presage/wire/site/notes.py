"""A member's notes on trades as the site API spells them."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from presage.wire.site.common import Page, Shape

Name = Annotated[str, Meta(max_length=120)]
Tag = Annotated[str, Meta(max_length=200)]


class ListNotes(Page):
    """`q` is looked for in texts and tags, in any case."""

    trade_id: Name | None = None
    event_slug: Name | None = None
    q: Annotated[str, Meta(max_length=200)] | None = None


class WriteNote(Shape):
    """With `id` the note of that id is changed: what is not named stays. Else a new one is written,
    about a trade, an option, an event, or nothing of these."""

    body: Annotated[str, Meta(max_length=8_000)] | None = None
    id: Name | None = None
    trade_id: Name | None = None
    event_slug: Name | None = None
    option_id: Name | None = None
    tags: Annotated[list[Tag], Meta(max_length=10)] | None = None


class Note(Shape):
    """Nobody but the member who wrote it ever sees it. `readable`: false when it was sealed with a
    key that this exchange does not have any more."""

    id: str
    trade_id: str | None
    event_slug: str | None
    option_id: str | None
    body: str
    readable: bool
    tags: list[str]
    created_at: str
    updated_at: str


class NoteReply(Shape):
    note: Note


class Notes(Shape):
    """Newest first."""

    notes: list[Note]
    next_cursor: str | None
