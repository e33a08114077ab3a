"""Suggested markets as operators look through them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from presage.wire.admin.common import Done, Request, ShortText, Text
from presage.wire.admin.events import Label, Slug, Tags, Title
from presage.wire.admin.listings import Moment
from presage.wire.site.common import Page
from presage.wire.site.events import EventDetail
from presage.wire.site.suggestions import Similar, Suggestion, SuggestionStatus

Name = Annotated[str, Meta(pattern=r"\S", max_length=120)]


class ListAllSuggestions(Page):
    """Newest first."""

    status: SuggestionStatus | None = None


class Suggested(Suggestion):
    """A suggestion and who made it."""

    username: str | None


class AllSuggestions(msgspec.Struct, kw_only=True, rename="camel"):
    suggestions: list[Suggested]
    next_cursor: str | None


class Overrides(
    msgspec.Struct, forbid_unknown_fields=True, rename="camel", kw_only=True, omit_defaults=True
):
    """What of the draft is to be otherwise than it was suggested."""

    title: Title | None = None
    slug: Slug | None = None
    category: Annotated[str, Meta(pattern=r"\S", max_length=60)] | None = None
    description: Text | None = None
    rules_primary: Text | None = None
    rules_secondary: Text | None = None
    resolution_source: ShortText | None = None
    options: Annotated[tuple[Label, ...], Meta(min_length=1, max_length=100)] | None = None
    mutually_exclusive: bool | None = None
    open_at: Moment | None = None
    close_at: Moment | None = None
    tags: Tags | None = None


class DecideSuggestion(Request, rename="camel", kw_only=True):
    """APPROVE makes a draft of it, DUPLICATE names the event that there is, NEEDS_CHANGES says in
    `note` which. The author reads the note."""

    decision: Literal["APPROVE", "REJECT", "NEEDS_CHANGES", "DUPLICATE"]
    note: Annotated[str, Meta(max_length=2_000)] = ""
    duplicate_of: Name | None = None
    overrides: Overrides | None = None


class SuggestionDecided(Done, kw_only=True, omit_defaults=True):
    """`event` is the draft that was made."""

    suggestion: Suggested
    similar: list[Similar]
    event: EventDetail | None = None
