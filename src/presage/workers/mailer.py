"""Sends the mail that waits in rows: by SMTP when a server is named, else as files to look at.

At least once, each mail with a fixed id: what was sent is taken off afterwards. What could not be
sent is tried again later. It never decides what is mailed to whom.
"""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import structlog

from presage.gateway import Gateway, Reader
from presage.site import mails
from presage.site.mails import Mail
from presage.units import SECOND, Micros

AT_ONCE: Final = 20
EVERY: Final = SECOND
_TIMEOUT: Final = 20
_PRIVATE: Final = 0o600
_PORTS: Final = {"smtp": 587, "smtps": 465}

Send = Callable[[EmailMessage], None]
"""Sends one message or raises; it runs in a thread."""

_log = structlog.get_logger(__name__)


class Mailer:
    """One per exchange: let it `work` once a second."""

    def __init__(
        self,
        gateway: Gateway,
        reader: Reader,
        send: Send,
        sender: str,
    ) -> None:
        self._gateway = gateway
        self._reader = reader
        self._send = send
        self._sender = sender

    async def work(self, now: Micros) -> None:
        """All that is due now."""
        while await self.step(now):
            pass

    async def step(self, now: Micros) -> int:
        """Send what is due; how many were tried."""
        due = await self._reader.run(partial(mails.due, now=now, limit=AT_ONCE))
        for mail in due:
            await self._deliver(mail, now)
        return len(due)

    async def _deliver(self, mail: Mail, now: Micros) -> None:
        try:
            await asyncio.to_thread(self._send, message(mail, self._sender))
        except Exception as error:  # whatever a mail server does, the exchange goes on
            _log.warning(
                "a mail was not sent", mail=mail.id, tries=mail.tries + 1, error=str(error)
            )
            await self._gateway.submit(None, partial(_failed, mail=mail, now=now))
        else:
            await self._gateway.submit(None, partial(_sent, id=mail.id))


def message(mail: Mail, sender: str) -> EmailMessage:
    """The mail as it is sent; its id is the same at every try."""
    made = EmailMessage()
    made["From"] = sender
    made["To"] = mail.recipient
    made["Subject"] = mail.subject
    made["Date"] = format_datetime(datetime.fromtimestamp(mail.created_at / SECOND, UTC))
    made["Message-ID"] = f"<{mail.id}@{sender.rpartition('@')[2]}>"
    made.set_content(mail.text)
    return made


def by_smtp(url: str) -> Send:
    """Sends through the server of an address such as smtp://user:password@host:587."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("a mail server is smtp://user:password@host:port or smtps://...")
    host, port = parts.hostname, parts.port or _PORTS[parts.scheme]
    user, password = unquote(parts.username or ""), unquote(parts.password or "")

    def send(made: EmailMessage) -> None:
        client = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
        with client(host, port, timeout=_TIMEOUT) as server:
            server.ehlo()
            if parts.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls()
            if user:
                server.login(user, password)
            server.send_message(made)

    return send


def as_files(folder: Path) -> Send:
    """Writes each mail into a file of its own that only its owner may read."""

    def send(made: EmailMessage) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        name = str(made["Message-ID"]).strip("<>").partition("@")[0]
        path = folder / f"{name}.eml"
        path.touch(_PRIVATE)
        path.write_bytes(made.as_bytes())

    return send


def _sent(connection: Any, id: str) -> None:
    mails.sent(connection, id)


def _failed(connection: Any, mail: Mail, now: Micros) -> None:
    mails.failed(connection, mail, now)
