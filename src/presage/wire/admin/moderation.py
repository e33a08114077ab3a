"""The moderators' queue and what they do about it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from presage.wire.admin.common import Reason
from presage.wire.site.common import Page, Shape
from presage.wire.site.posts import Visibility
from presage.wire.site.reports import TargetType

Decision = Literal["DISMISS", "REMOVE", "WARN", "MUTE", "SUSPEND", "BAN"]
Name = Annotated[str, Meta(min_length=1, max_length=100)]


class Write(
    msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """Every write says why."""

    reason: Reason


class DecideReport(Write):
    """`hours` is for MUTE. `note` is what the author is told; without it, the reason."""

    action: Decision
    hours: Annotated[int, Meta(ge=1, le=8_760)] | None = None
    note: Annotated[str, Meta(min_length=3, max_length=500)] | None = None


class ListReports(Page):
    """What waits."""


class Case(Shape):
    """A thing that was reported, once however often. `id` is the report to decide."""

    id: str
    target_type: TargetType
    target_id: str
    author: str | None
    body: str
    status: str
    reporters: int
    reach: int
    reasons: list[str]
    appeal: str | None
    created_at: str


class Cases(Shape):
    """What most people have reported and most can see comes first."""

    reports: list[Case]
    next_cursor: str | None


class Decided(Shape):
    """`actionId` is what the author may appeal against."""

    action_id: str
    action: str
    audit_id: int


class ListAllPosts(Page):
    """Every post, hidden and removed ones too."""

    event_slug: Name | None = None
    username: Name | None = None
    status: Literal["VISIBLE", "HIDDEN", "REMOVED", "DELETED"] | None = None


class AdminPost(Shape):
    id: str
    event_slug: str
    author: str
    body: str
    status: str
    locked: bool
    pinned: bool
    likes: int
    comments: int
    created_at: str


class AdminPosts(Shape):
    posts: list[AdminPost]
    next_cursor: str | None


class EditAnyPost(Write):
    """What is named is changed."""

    status: Visibility | None = None
    locked: bool | None = None
    pinned: bool | None = None


class EditAnyComment(Write):
    status: Visibility


class ContentDone(Shape):
    id: str
    status: str
    audit_id: int
