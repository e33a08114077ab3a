"""Reads emails and passwords that people choose, and says what is wrong with them."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from presage.api.site.errors import invalid, try_again
from presage.api.site.services import AnyCall, site_of
from presage.identity import passwords
from presage.identity.common_passwords import is_common
from presage.identity.passwords import TooBusy

_EMAIL: Final = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
    r"(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+"
)
_LONGEST_EMAIL: Final = 254
_RETRY: Final = 5


def normal_email(text: str) -> str | None:
    """An address as it is kept and compared, in small letters; None if it is none."""
    email = text.strip().lower()
    return email if len(email) <= _LONGEST_EMAIL and _EMAIL.fullmatch(email) else None


def email_of(text: str) -> str:
    """The same. Raises: Refusal."""
    email = normal_email(text)
    if email is None:
        raise invalid("email", "must be an email address")
    return email


def normal_password(text: str) -> str:
    """A password as it is hashed."""
    return unicodedata.normalize("NFC", text)


def new_password(text: str, field: str, *forbidden: str) -> str:
    """A password that somebody wants to have; not `forbidden` (the email, the names).

    Raises: Refusal.
    """
    password = normal_password(text)
    if not passwords.MIN <= len(password) <= passwords.MAX:
        raise invalid(field, f"must have {passwords.MIN} to {passwords.MAX} characters")
    folded = password.casefold()
    if is_common(password) or folded in {one.casefold() for one in forbidden if one}:
        raise invalid(field, "is too easy to guess")
    return password


async def hashed(call: AnyCall, password: str) -> str:
    """The password's hash. Raises: Refusal (503)."""
    try:
        return await site_of(call).hasher.hash(password)
    except TooBusy:
        raise too_busy() from None


async def fits(call: AnyCall, kept: str | None, password: str) -> bool:
    """Whether it is the right one. Raises: Refusal (503)."""
    try:
        return await site_of(call).hasher.check(kept, normal_password(password))
    except TooBusy:
        raise too_busy() from None


def too_busy() -> Exception:
    """All seats for hashing are taken."""
    return try_again("provider_unavailable", "Too many logins at once.", _RETRY)
