"""The mails that the site sends, as rows: the words in them and the links that work once."""

from __future__ import annotations

from typing import Any, Final

from presage.api.site.services import AnyCall, site_of
from presage.domain.ids import MemberId
from presage.identity import one_time
from presage.identity.one_time import OneTime
from presage.identity.secrets import new_token
from presage.identity.uuids import uuid7
from presage.site import mails
from presage.site.mails import Mail
from presage.units import SECOND, Micros

VERIFY: Final = "verify-email"
RESET: Final = "reset-password"
_VERIFY_LIFE: Final[Micros] = 7 * 86_400 * SECOND
_RESET_LIFE: Final[Micros] = 3_600 * SECOND


def ask_to_verify(call: AnyCall, connection: Any, member: MemberId, email: str) -> None:
    """Send a link that proves the address."""
    token = _word(call, connection, member, VERIFY, email, _VERIFY_LIFE)
    text = (
        "Welcome to Presage.\n\nPlease confirm this address with this link:\n\n"
        f"{_link(call, 'verify-email', token)}\n\nThe token alone: {token}\n\n"
        "If you did not register, ignore this mail.\n"
    )
    send(call, connection, email, "Confirm your email address", text)


def send_reset(call: AnyCall, connection: Any, member: MemberId, email: str) -> None:
    """Send a link to choose another password."""
    token = _word(call, connection, member, RESET, email, _RESET_LIFE)
    text = (
        "Somebody asked to set another password for this address. Within an hour this link "
        f"does it:\n\n{_link(call, 'reset-password', token)}\n\nThe token alone: {token}\n\n"
        "If it was not you, ignore this mail; your password stays as it is.\n"
    )
    send(call, connection, email, "Set another password", text)


def send(call: AnyCall, connection: Any, recipient: str, subject: str, text: str) -> None:
    """Write a mail that the mailer will send."""
    mails.add(connection, Mail(uuid7(call.at), recipient, subject, text, call.at, call.at))


def _word(
    call: AnyCall, connection: Any, member: MemberId, purpose: str, about: str, life: Micros
) -> str:
    token = new_token()
    digest = site_of(call).sealer.digest(token)
    word = OneTime(uuid7(call.at), purpose, digest, member, about, call.at + life)
    one_time.add(connection, word, call.at)
    return token


def _link(call: AnyCall, page: str, token: str) -> str:
    base = site_of(call).public_url.rstrip("/") or "http://localhost:8000"
    return f"{base}/{page}?token={token}"
