"""Requests to others are bounded, and what goes wrong with them is one kind of thing."""

from __future__ import annotations

import gzip

import pytest

from presage.providers.web import MAX_BYTES, Unavailable, Web
from tests.providers.conftest import Lab
from tests.providers.standin import Says


def failure(lab: Lab, path: str, web: Web | None = None) -> str:
    with pytest.raises(Unavailable) as caught:
        lab.do((web or lab.web).get(lab.there.url + path, {"apikey": "secret"}))
    assert "secret" not in str(caught.value)
    return str(caught.value)


def test_what_is_there_is_read(lab: Lab) -> None:
    lab.there.pages["/a"] = Says(b"hello")
    assert lab.do(lab.web.get(lab.there.url + "/a")) == b"hello"
    asked = lab.there.asked[-1]
    assert (asked.method, asked.headers["accept-encoding"]) == ("GET", "identity")


def test_refusals_and_nonsense_are_unavailable(lab: Lab) -> None:
    lab.there.pages["/broken"] = Says(b"oops", 500)
    lab.there.pages["/short"] = Says(b"abc", length=10)
    lab.there.pages["/packed"] = Says(
        gzip.compress(b"0" * 1_000_000), headers=(("content-encoding", "gzip"),)
    )
    assert failure(lab, "/broken") == "status 500"
    assert failure(lab, "/nothing") == "status 404"
    assert failure(lab, "/short") == "RemoteProtocolError"
    assert "compressed" in failure(lab, "/packed")
    for url in ("http://127.0.0.1:1/", "http://[x/", "gopher://127.0.0.1/", "http://x..y/"):
        with pytest.raises(Unavailable):
            lab.do(lab.web.get(url))


def test_no_more_is_read_than_may_be(lab: Lab) -> None:
    lab.there.pages["/long"] = Says(b"x" * (MAX_BYTES + 1))
    lab.there.pages["/endless"] = Says(b"x" * (MAX_BYTES + 100), length=1 << 40)
    lab.there.pages["/full"] = Says(b"x" * MAX_BYTES)
    assert "bytes" in failure(lab, "/long")
    assert "bytes" in failure(lab, "/endless")
    assert len(lab.do(lab.web.get(lab.there.url + "/full"))) == MAX_BYTES


def test_who_never_answers_is_not_waited_for(lab: Lab) -> None:
    lab.there.pages["/silent"] = Says(silent=True)
    lab.there.pages["/stuck"] = Says(b"a", length=2)
    hasty = Web(seconds=0.05)
    assert failure(lab, "/silent", hasty) == "TimeoutError"
    lab.do(hasty.close())


def test_a_get_goes_where_it_is_sent_but_not_in_circles_and_a_post_stays(lab: Lab) -> None:
    lab.there.pages["/old"] = Says(status=301, headers=(("location", "/new"),))
    lab.there.pages["/new"] = Says(b"here")
    lab.there.pages["/circle"] = Says(status=302, headers=(("location", "/circle"),))
    lab.there.pages["/out"] = Says(status=302, headers=(("location", "file:///etc/passwd"),))
    assert lab.do(lab.web.get(lab.there.url + "/old")) == b"here"
    assert failure(lab, "/circle") == "TooManyRedirects"
    assert failure(lab, "/out") == "UnsupportedProtocol"
    with pytest.raises(Unavailable, match="status 301"):
        lab.do(lab.web.post(lab.there.url + "/old", b"{}", {"authorization": "Bearer k"}))
    with pytest.raises(Unavailable, match="status 301"):
        lab.do(lab.web.get(lab.there.url + "/old", redirects=False))
    assert [one.target for one in lab.there.asked][-1] == "/old"
