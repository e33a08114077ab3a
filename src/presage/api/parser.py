"""The bytes of one connection become requests, in whatever pieces they come.

It decides what is not HTTP, what HTTP leaves open to two readings (the stuff of request smuggling:
refused), and how long a head may be. It does no I/O, and never decides what a request means.
"""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple, NoReturn

from httptools import (
    HttpParserCallbackError,
    HttpParserError,
    HttpParserInvalidURLError,
    HttpParserUpgrade,
    HttpRequestParser,
    parse_url,
)

from presage.api import faults
from presage.api.http import MAX_BODY, Incoming, Request

MAX_HEAD: Final = 16 << 10
"""Bytes of all header fields together, and the most that may be fed at once."""
MAX_FIELDS: Final = 100
MAX_TARGET: Final = 128 << 10
"""Bytes of a request target. From `http.MAX_ADDRESS` up to here the doors refuse it."""
MAX_WIRE: Final = 8 * MAX_BODY
"""Bytes of a body with all that chunks put around it."""
WAITED_FOR: Final = 64 << 10
"""A declared body of up to this many bytes is waited for before its request is handed over."""


class Refusal(NamedTuple):
    """The last answer of a connection that cannot go on."""

    status: int
    code: str
    details: str


MALFORMED: Final = Refusal(400, "bad_request", "the request is not well-formed HTTP")
AMBIGUOUS: Final = Refusal(400, "bad_request", "the request can be read in two ways")
NO_HOST: Final = Refusal(400, "bad_request", "a request has exactly one host header")
TARGET_TOO_LONG: Final = Refusal(414, "uri_too_long", f"longer than {MAX_TARGET} bytes")
HEAD_TOO_LARGE: Final = Refusal(
    431, "headers_too_large", f"more than {MAX_HEAD} bytes or {MAX_FIELDS} header fields"
)
UNKNOWN_ENCODING: Final = Refusal(501, "not_implemented", "only chunked transfer is understood")
UNKNOWN_VERSION: Final = Refusal(505, "unknown_version", "HTTP/1.1 is spoken here")

# Sent twice, these let two readers of the same bytes see different requests.
_SINGLE: Final = {
    b"content-length": AMBIGUOUS,
    b"host": NO_HOST,
    b"transfer-encoding": AMBIGUOUS,
}


class _Refused(Exception):
    """Stops httptools in the middle of what it was fed."""


class Parser:
    """Feed it what arrives; take requests from `ready`, oldest first.

    Nothing more may be fed once `refusal` or `rest` is set or a request is the `last`. `rest` is
    what followed the newest request, which asks for WebSocket.
    """

    __slots__ = (
        "ready",
        "refusal",
        "rest",
        "in_head",
        "reading",
        "_host",
        "_parser",
        "_length",
        "_pieces",
        "_target",
        "_headers",
        "_repeated",
        "_fed",
        "_chunks",
        "_upgrading",
    )

    def __init__(self, host: str) -> None:
        self.ready: deque[Request] = deque()
        self.refusal: Refusal | None = None
        self.rest: bytes | None = None
        self.in_head = False
        """Has a request begun whose head is not complete?"""
        self.reading: Request | None = None
        """The request whose body is not complete."""
        self._host = host
        self._parser = HttpRequestParser(self)
        self._target = b""
        self._pieces: list[bytes] = []
        self._length = 0
        self._headers: dict[bytes, bytes] = {}
        self._repeated = 0
        self._fed = 0
        """Bytes of the unfinished head or body in earlier feedings."""
        self._chunks: list[bytes] = []
        self._upgrading = False

    def feed(self, data: bytes) -> None:
        """At most `MAX_HEAD` bytes more."""
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            self._leave_http(data[upgrade.args[0] :])
        except HttpParserError as error:
            if self.refusal is None:
                if isinstance(error, HttpParserCallbackError):
                    raise  # a mistake of ours
                # What follows a last request is nobody's business.
                if not (self.ready and self.ready[-1].last):
                    self.refusal = MALFORMED
        if self.in_head or self.reading is not None:
            self._fed += len(data)
            self._check_unfinished()

    def close(self) -> None:
        """Nothing more will be fed. httptools and this hold each other, and nobody should have to
        wait for the collector."""
        del self._parser

    def _check_unfinished(self) -> None:
        """A head or a body that never ends, or went wrong. Some of what was fed may have belonged
        to the request before, hence the slack."""
        most = MAX_TARGET + 2 * MAX_HEAD if self.in_head else MAX_WIRE
        if self._fed > most and self.refusal is None:
            self.refusal = HEAD_TOO_LARGE if self.in_head else MALFORMED
        incoming = None if self.reading is None else self.reading.incoming
        if self.refusal is not None and incoming is not None:
            incoming.fail(faults.BodyFault("the chunks are not well-formed"))

    def _leave_http(self, rest: bytes) -> None:
        request, self.reading = self.reading, None
        assert request is not None
        self._upgrading = False
        headers = request.headers
        if headers[b"upgrade"].lower() == b"websocket":
            if b"content-length" in headers or b"transfer-encoding" in headers:
                self.refusal = AMBIGUOUS
                return
            request.last = True
            self.ready.append(request)
            self.rest = rest
            return
        # Another protocol is only offered (HTTP/2, by Java's client with every request): it is
        # read as if it had not been. httptools skips the body of what it takes for an upgrade.
        head = [b"%b %b HTTP/1.1" % (request.method.encode(), self._target)]
        dropped = (b"connection", b"upgrade")
        head += [b"%b: %b" % pair for pair in headers.items() if pair[0] not in dropped]
        if request.last:
            head.append(b"connection: close")
        self._parser = HttpRequestParser(self)
        self.feed(b"\r\n".join(head) + b"\r\n\r\n")
        if self.refusal is None:
            self.feed(rest)

    def _refuse(self, refusal: Refusal) -> NoReturn:
        self.refusal = refusal
        raise _Refused

    # Called by httptools

    def on_message_begin(self) -> None:
        self.in_head = True
        self._target = b""
        self._pieces = []
        self._length = 0
        self._headers = {}
        self._repeated = 0

    def on_url(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._length += len(piece)
        if self._length > MAX_TARGET:
            self._refuse(TARGET_TOO_LONG)

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        headers = self._headers
        if name not in headers:
            headers[name] = value
            return
        if name in _SINGLE:
            self._refuse(_SINGLE[name])
        self._repeated += 1
        headers[name] += b", " + value

    def on_headers_complete(self) -> None:
        headers = self._headers
        self._check_size(headers)
        last = self._check_framing(headers)
        self._target = b"".join(self._pieces)
        path, _, query = self._target.partition(b"?")
        if self._target[:1] != b"/" or b"#" in self._target:
            path, query = self._unusual_target()
        method = self._parser.get_method().decode()
        request = Request(method, path.decode("latin-1"), query, headers, self._host)
        request.last = last
        self.in_head = False
        self._fed = 0
        self.reading = request
        if self._parser.should_upgrade():
            if method == "CONNECT":
                self._refuse(MALFORMED)
            self._upgrading = True
        elif b"content-length" in headers or b"transfer-encoding" in headers:
            self._headers = {}  # trailers come the same way, and nobody wants them
            declared = int(headers.get(b"content-length", WAITED_FOR + 1))
            expects = headers.get(b"expect", b"").lower() == b"100-continue"
            if declared > WAITED_FOR or expects:
                request.incoming = Incoming(expects_word=expects)
                self.ready.append(request)

    def on_body(self, chunk: bytes) -> None:
        assert self.reading is not None
        if self.reading.incoming is None:
            self._chunks.append(chunk)
        else:
            self.reading.incoming.add(chunk)

    def on_message_complete(self) -> None:
        request = self.reading
        if request is None or self._upgrading:
            return
        self.reading = None
        if request.incoming is not None:
            request.incoming.finish()
            return
        if self._chunks:
            request.content = b"".join(self._chunks)
            self._chunks = []
        self.ready.append(request)

    def _check_size(self, headers: dict[bytes, bytes]) -> None:
        if len(headers) + self._repeated > MAX_FIELDS:
            self._refuse(HEAD_TOO_LARGE)
        # Only what came in several feedings can be larger than one may be.
        if self._fed and sum(map(len, headers)) + sum(map(len, headers.values())) > MAX_HEAD:
            self._refuse(HEAD_TOO_LARGE)

    def _check_framing(self, headers: dict[bytes, bytes]) -> bool:
        """Whether this request is the last one of the connection."""
        keeps = self._parser.should_keep_alive()
        version = "1.1"
        if not keeps or b"connection" in headers:
            version = self._parser.get_http_version()
        if version == "1.1":
            if b"host" not in headers:
                self._refuse(NO_HOST)
        elif version == "1.0":
            keeps = False
            headers.pop(b"expect", None)  # nobody can be told to go on in that version
        else:
            self._refuse(UNKNOWN_VERSION)
        encoding = headers.get(b"transfer-encoding")
        if encoding is not None:
            if version == "1.0":
                self._refuse(AMBIGUOUS)
            if encoding.strip().lower() != b"chunked":
                self._refuse(UNKNOWN_ENCODING)
        return not keeps

    def _unusual_target(self) -> tuple[bytes, bytes]:
        """Path and query of `http://host/path`, of `*`, and of what carries a fragment."""
        if self._target == b"*":
            return b"*", b""
        try:
            url = parse_url(self._target)
        except HttpParserInvalidURLError:
            self._refuse(MALFORMED)
        return url.path or b"/", url.query or b""
