"""Requests to addresses that others have named: guarded, bounded, and to where was looked."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from presage.site.addresses import read_networks
from presage.site.outgoing import Failed, NotAllowed, Outgoing, Received, Rules, read_url
from tests.receiver import OK, Receiver, answer

T = TypeVar("T")

OURS = Rules(own=frozenset({"presage.test", "localhost"}))
HERE = Rules(http=True, networks=read_networks("127.0.0.0/8"))


class Names:
    """A name server whose answers come one after the other; the last one stays."""

    def __init__(self, *answers: Sequence[str] | Exception) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(found, Exception):
            raise found
        return found


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "//example.com/",
        "example.com",
        "https://",
        "https:///path",
        "https://user@example.com/",
        "https://user:word@example.com/",
        "https://@example.com/",
        "https://example.com:22/",
        "https://example.com:80/",
        "https://example.com:0/",
        "https://example.com:1023/",
        "https://example.com:65536/",
        "https://example.com:x/",
        "https://exam ple.com/",
        "https://example.com/a b",
        "https://example.com/\n",
        "https://example.com\\@127.0.0.1/",
        "https://ex%61mple.com/",
        "https://-example.com/",
        "https://example..com/",
        "https://bücher.example/",
        "https://１２７.0.0.1/",
        "https://localhost/",
        "https://LOCALHOST./",
        "https://my.localhost/",
        "https://presage.test/",
        "https://Presage.Test:8443/",
        "https://127.0.0.1/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[fe80::1%25eth0]/",
        "https://[::1/",
        "https://example.com/" + "x" * 2_048,
    ],
)
def test_what_can_be_seen_to_be_wrong(url: str) -> None:
    with pytest.raises(NotAllowed):
        read_url(url, OURS)


def test_where_a_url_leads() -> None:
    place = read_url("https://Example.com:8443/a/b?c=d#e", OURS)
    assert (place.host, place.port, place.target) == ("example.com", 8443, "/a/b?c=d")
    assert place.named == "example.com:8443"
    assert read_url("https://example.com?x=1", OURS).target == "/?x=1"
    assert read_url("https://[2606:4700::1]/", OURS).named == "[2606:4700::1]"
    assert read_url("http://example.com/", Rules(http=True)).port == 80


@pytest.mark.parametrize(
    "found",
    [
        ["127.0.0.1"],
        ["93.184.215.14", "10.0.0.1"],
        ["::ffff:169.254.169.254"],
        ["fe80::1%lo"],
        ["what is this"],
    ],
)
def test_a_name_that_leads_inside_is_refused(found: list[str]) -> None:
    out = Outgoing(lambda: OURS, Names(found))
    with pytest.raises(NotAllowed):
        run(out.check("https://inside.example/"))
    with pytest.raises(NotAllowed):
        run(out.send("GET", "https://inside.example/", {}))


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "0"])
def test_old_spellings_of_an_address_are_what_the_system_takes_them_for(host: str) -> None:
    with pytest.raises(NotAllowed):
        run(Outgoing(lambda: OURS).check(f"https://{host}/"))


def test_a_name_that_nobody_knows_yet_may_be_kept_but_not_asked() -> None:
    out = Outgoing(lambda: OURS, Names(OSError("no such name")))
    run(out.check("https://later.example/"))
    with pytest.raises(Failed, match="resolved"):
        run(out.send("GET", "https://later.example/", {}))


def test_a_name_that_changes_between_check_and_connect_changes_nothing() -> None:
    """It was public when it was checked; at the send it leads inside, so nothing is sent."""

    async def work() -> None:
        inside = await Receiver().start()
        names = Names(["93.184.215.14"], ["127.0.0.1"])
        out = Outgoing(lambda: Rules(http=True), names)
        url = f"http://rebind.example:{inside.port}/"
        await out.check(url)
        with pytest.raises(NotAllowed):
            await out.send("POST", url, {}, b"{}")
        assert inside.got == []
        await inside.close()

    run(work())


def test_a_name_is_looked_up_once_and_that_address_is_connected_to() -> None:
    """A second look would have led elsewhere."""

    async def work() -> None:
        there = await Receiver().start()
        names = Names(["127.0.0.1"], ["10.255.255.1"])
        out = Outgoing(lambda: HERE, names)
        got = await out.send("POST", f"http://hook.example:{there.port}/x?y=1", {"a": "b"}, b"{}")
        assert (got.status, got.body, names.asked) == (200, b"ok", 1)
        asked = there.got[0]
        assert asked.line == "POST /x?y=1 HTTP/1.1"
        assert asked.headers["host"] == f"hook.example:{there.port}"
        assert asked.headers["content-length"] == "2"
        assert asked.headers["a"] == "b"
        assert "cookie" not in asked.headers
        assert asked.body == b"{}"
        await there.close()

    run(work())


def test_those_who_ask_for_one_name_together_share_a_lookup() -> None:
    async def work() -> None:
        names = Names(["127.0.0.1"])
        there = await Receiver().start()
        out = Outgoing(lambda: HERE, names)
        url = f"http://hook.example:{there.port}/"
        await asyncio.gather(*(out.send("GET", url, {}) for _ in range(20)))
        assert (names.asked, len(there.got)) == (1, 20)
        await out.send("GET", url, {})
        assert names.asked == 2
        await there.close()

    run(work())


def ask(reply: Callable[[Any], bytes | None], **more: Any) -> Received:
    """What comes of a request to a server that answers so."""

    async def work() -> Received:
        there = await Receiver(reply).start()
        try:
            out = Outgoing(lambda: HERE, Names(["127.0.0.1"]), timeout=more.pop("timeout", 15))
            return await out.send("GET", there.url, {}, **more)
        finally:
            await there.close()

    return run(work())


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    got = ask(lambda _: answer(302, location="http://127.0.0.1:1/"))
    assert (got.status, got.headers["location"]) == (302, "http://127.0.0.1:1/")


def test_of_a_long_answer_only_the_beginning_is_read() -> None:
    endless = b"HTTP/1.1 200 OK\r\ncontent-length: 999999999\r\n\r\n" + b"x" * 300_000
    got = ask(lambda _: endless, most=1_000)
    assert got.body == b"x" * 1_000


def test_endless_headers_are_no_answer() -> None:
    with pytest.raises(Failed):
        ask(lambda _: b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 100_000)


@pytest.mark.parametrize("said", [b"", b"hello\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 5"])
def test_what_is_not_http_is_no_answer(said: bytes) -> None:
    with pytest.raises(Failed):
        ask(lambda _: said)


def test_who_keeps_silent_is_given_up() -> None:
    with pytest.raises(Failed, match="no answer within"):
        ask(lambda _: None, timeout=0.02)


def test_where_nobody_listens_nothing_comes_back() -> None:
    async def work() -> None:
        there = await Receiver().start()
        await there.close()
        out = Outgoing(lambda: HERE, Names(["127.0.0.1"]))
        with pytest.raises(Failed, match="no connection"):
            await out.send("GET", there.url, {})

    run(work())


def test_the_next_address_is_tried_when_the_first_does_not_answer() -> None:
    async def work() -> None:
        there = await Receiver().start()
        out = Outgoing(lambda: HERE, Names(["127.255.255.254", "127.0.0.1"]))
        got = await out.send("GET", f"http://two.example:{there.port}/", {})
        assert got.status == 200
        await there.close()

    run(work())


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ask(lambda _: OK).status == 200


def _certificate(folder: Path, name: str) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(named)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    path.write_bytes(
        made.public_bytes(pem) + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    )
    return path


def test_a_certificate_must_be_of_the_name_and_not_of_the_address(tmp_path: Path) -> None:
    path = _certificate(tmp_path, "hook.example")

    async def work() -> None:
        served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        served.load_cert_chain(path)
        there = await Receiver().start(served)
        trust = ssl.create_default_context(cafile=str(path))
        out = Outgoing(lambda: HERE, Names(["127.0.0.1"]), trust)
        got = await out.send("GET", f"https://hook.example:{there.port}/", {})
        assert (got.status, there.server_name) == (200, "hook.example")
        assert there.got[0].headers["host"] == f"hook.example:{there.port}"
        with pytest.raises(Failed, match="no connection"):
            await out.send("GET", f"https://other.example:{there.port}/", {})
        unknown = Outgoing(lambda: HERE, Names(["127.0.0.1"]))
        with pytest.raises(Failed, match="no connection"):
            await unknown.send("GET", f"https://hook.example:{there.port}/", {})
        assert len(there.got) == 1
        await there.close()

    run(work())
