"""Sponsors as operators write them."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from presage.wire.admin.common import Done, Request
from presage.wire.admin.listings import Moment
from presage.wire.site.common import CursorText, Limit

Name = Annotated[str, Meta(pattern=r"\S", max_length=100)]
Secure = Annotated[str, Meta(pattern=r"^https://", max_length=500)]
SecureOrNone = Annotated[str, Meta(pattern=r"^(https://|$)", max_length=500)]
Words = Annotated[str, Meta(max_length=140)]


class PutSponsor(Request, rename="camel", kw_only=True):
    """Without dates it is shown at once and for ever. Addresses are https."""

    name: Name
    url: Secure
    logo_url: SecureOrNone = ""
    text: Words = ""
    starts_at: Moment | None = None
    ends_at: Moment | None = None


class ChangeSponsor(Request, rename="camel", kw_only=True):
    """What is left out stays; a date that is null is taken away. `version`: refuse when somebody
    has changed it since."""

    version: int | None = None
    name: Name | None = None
    url: Secure | None = None
    logo_url: SecureOrNone | None = None
    text: Words | None = None
    starts_at: Moment | UnsetType | None = UNSET
    ends_at: Moment | UnsetType | None = UNSET


class ListSponsors(msgspec.Struct, kw_only=True):
    """Newest first."""

    limit: Limit = 50
    cursor: CursorText | None = None


class Sponsor(msgspec.Struct, rename="camel", kw_only=True):
    """`active`: it is shown at this moment; `events` are slugs of its pages, at most a hundred."""

    id: str
    name: str
    url: str
    logo_url: str | None
    text: str
    starts_at: str | None
    ends_at: str | None
    active: bool
    events: list[str]
    version: int


class SponsorList(msgspec.Struct, rename="camel", kw_only=True):
    sponsors: list[Sponsor]
    next_cursor: str | None


class SponsorDone(Done, kw_only=True):
    sponsor: Sponsor
