"""The session cookie, and whether a request comes from our own pages.

Over https it is `__Host-session`, which no other host can set; over plain http (a laptop)
`session`.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from presage.api.faults import HeaderPairs
from presage.api.http import Request

SECURE_NAME: Final = "__Host-session"
PLAIN_NAME: Final = "session"
_MAX: Final = 256


def session_token(request: Request, secure: bool) -> str:
    """The token in the cookie, or ""."""
    sent = request.headers.get(b"cookie")
    if not sent:
        return ""
    wanted = SECURE_NAME if secure else PLAIN_NAME
    # Doubled Cookie fields were joined by commas, which no cookie of ours contains.
    for part in sent.decode("latin-1").replace(",", ";").split(";"):
        name, _, value = part.strip().partition("=")
        if name == wanted:
            return value if len(value) <= _MAX and value.isascii() else ""
    return ""


def set_cookie(token: str, seconds: int, secure: bool) -> HeaderPairs:
    """The header that gives a browser its session; no seconds take it away."""
    name = SECURE_NAME if secure else PLAIN_NAME
    words = [f"{name}={token}", "Path=/", f"Max-Age={seconds}", "HttpOnly", "SameSite=Lax"]
    if secure:
        words.append("Secure")
    return ((b"set-cookie", "; ".join(words).encode("ascii")),)


def is_foreign(request: Request, public_url: str) -> bool:
    """Does a browser say that another site's page sent this?"""
    site = request.header(b"sec-fetch-site")
    if site and site not in ("same-origin", "none"):
        return True
    origin = request.header(b"origin")
    return bool(origin) and not _is_ours(origin, request, public_url)


def is_own(request: Request, public_url: str) -> bool:
    """Does a browser say that one of our own pages sent this? Scripts say nothing."""
    if is_foreign(request, public_url):
        return False
    return bool(request.header(b"origin")) or request.header(b"sec-fetch-site") == "same-origin"


def _is_ours(origin: str, request: Request, public_url: str) -> bool:
    if public_url:
        return origin == _origin(public_url)
    host = request.header(b"host")
    return bool(host) and urlsplit(origin).netloc == host


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
