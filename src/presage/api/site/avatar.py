"""The caller's picture, and how pictures are handed out: safely, and to be kept for ever."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from presage.api import faults, http
from presage.api.faults import HeaderPairs
from presage.api.http import Reply
from presage.api.registry import Call
from presage.api.site import login
from presage.api.site.errors import invalid, not_found, refuse, try_again
from presage.api.site.pictures import (
    FILE_BYTES,
    BadForm,
    Drawn,
    NotAnImage,
    TooBusy,
    files_of,
)
from presage.api.site.services import AnyCall, services_of, site_of
from presage.api.site.writing import submit
from presage.identity import people
from presage.site import media
from presage.site.media import Picture
from presage.wire.site import accounts
from presage.wire.site import preferences as wire

FORM_BYTES: Final = FILE_BYTES + (64 << 10)
_FIELDS: Final = frozenset({"file", "avatar"})
_NAME: Final = re.compile(r"[0-9a-f]{32}-(?:512|128)\.webp")
_SAFE: Final[HeaderPairs] = (
    (b"cache-control", b"public, max-age=31536000, immutable"),
    (b"content-security-policy", b"default-src 'none'; sandbox"),
    (b"cross-origin-resource-policy", b"cross-origin"),
)
_BUSY_FOR: Final = 2


async def upload_avatar(call: Call[None, None]) -> wire.Avatar:
    """Upload a picture; it is decoded and drawn anew."""
    file = await _file(call)
    try:
        drawn = await site_of(call).studio.draw(file)
    except NotAnImage as error:
        raise refuse("not_an_image", f"The file {error}.", "file") from error
    except TooBusy as error:
        raise try_again("rate_limited", "Many pictures wait.", _BUSY_FOR) from error
    large, url = drawn[0], f"/media/{drawn[0].name}"
    await _change(call, url, drawn)
    return wire.Avatar(
        avatar_url=url,
        width=large.side,
        height=large.side,
        bytes=len(large.content),
        format="WEBP",
    )


async def remove_avatar(call: Call[None, None]) -> accounts.Deleted:
    """Take the caller's picture away."""
    had = await _change(call, "", ())
    return accounts.Deleted(deleted=had)


async def get_picture(call: Call[None, None]) -> Reply:
    """A picture by the name that its content gives it."""
    name = call.path["name"]
    if not _NAME.fullmatch(name):
        raise not_found()
    content = await services_of(call).reader.run(lambda connection: media.find(connection, name))
    if content is None:
        raise not_found()
    return Reply(200, content, _SAFE, b"image/webp")


async def _file(call: AnyCall) -> bytes:
    request = call.request
    http.check_declared_size(request, FORM_BYTES)
    body = await request.body(FORM_BYTES)
    kind = request.headers.get(b"content-type", b"")
    if not kind.lower().startswith(b"multipart/form-data"):
        raise faults.wrong_content_type()
    try:
        files = files_of(kind, body, _FIELDS)
    except BadForm as error:
        raise invalid("file", str(error)) from error
    if len(files) != 1:
        raise invalid("file", "exactly one file is needed, in the field file or avatar")
    if len(files[0]) > FILE_BYTES:
        raise faults.body_too_large(FILE_BYTES)
    return files[0]


async def _change(call: AnyCall, url: str, drawn: Sequence[Drawn]) -> bool:
    """Whether there was a picture before."""
    member, had = call.caller.member, [False]

    def rows(connection: Any) -> None:
        profile = people.find(connection, member)
        assert profile is not None, "every member has a profile"
        had.append(bool(profile.avatar))
        kept = [Picture(one.name, member, one.content, call.at) for one in drawn]
        media.put(connection, member, kept)
        people.change(connection, msgspec.structs.replace(profile, avatar=url))

    await submit(call, None, rows)
    await login.refresh(call, member)
    return had[-1]
