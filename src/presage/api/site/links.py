"""Links that members and operators write: evidence, sources. Nobody here follows them."""

from __future__ import annotations

from urllib.parse import urlsplit

from presage.api.site.errors import invalid
from presage.api.site.strings import clean

LONGEST = 500


def https_link(text: str, field: str) -> str:
    """An address that a browser may be sent to. Raises: Refusal naming the field."""
    link = clean(text, field, low=1, high=LONGEST)
    if not _is_https(link):
        raise invalid(field, "must be a link that begins with https://")
    return link


def _is_https(link: str) -> bool:
    if not link.isascii() or " " in link:
        return False
    try:
        parts = urlsplit(link)
        return parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


def maybe_https_link(text: str | None, field: str) -> str:
    """The same; nothing stays nothing."""
    return https_link(text, field) if text else ""
