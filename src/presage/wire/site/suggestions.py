"""Suggestions of markets as the site API spells them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from presage.wire.site.common import Page, Shape

Name = Annotated[str, Meta(max_length=120)]
Link = Annotated[str, Meta(max_length=600)]
Label = Annotated[str, Meta(max_length=200)]
SuggestionStatus = Literal["PENDING", "APPROVED", "REJECTED", "NEEDS_CHANGES", "DUPLICATE"]


class ListSuggestions(Page):
    """Administrators see everybody's."""

    status: SuggestionStatus | None = None


class SuggestMarket(Shape):
    """With `id` the suggestion of that id, which needed changes, is written anew and waits again.
    Without options it has the one called Yes."""

    title: Annotated[str, Meta(min_length=10, max_length=400)]
    description: Annotated[str, Meta(min_length=20, max_length=10_000)]
    category: Annotated[str, Meta(min_length=1, max_length=120)]
    id: Name | None = None
    options: Annotated[tuple[Label, ...], Meta(max_length=40)] = ()
    close_at: Annotated[str, Meta(max_length=40)] | None = None
    resolution_source: Annotated[str, Meta(max_length=1_000)] = ""
    source_urls: Annotated[tuple[Link, ...], Meta(max_length=5)] = ()


class Suggestion(Shape):
    """`eventSlug` is the event that it became, `duplicateOf` the one that there was already."""

    id: str
    title: str
    description: str
    category: str
    options: list[str]
    close_at: str | None
    resolution_source: str
    source_urls: list[str]
    status: SuggestionStatus
    review_note: str | None
    duplicate_of: str | None
    event_slug: str | None
    created_at: str
    decided_at: str | None


class Similar(Shape):
    """An event that may be the same. `score` is 1 for the same words."""

    slug: str
    title: str
    score: float


class SuggestionReply(Shape):
    suggestion: Suggestion
    similar: list[Similar]


class Suggestions(Shape):
    """Newest first; empty, and `enabled` false, while the feature is off."""

    suggestions: list[Suggestion]
    enabled: bool
    next_cursor: str | None
