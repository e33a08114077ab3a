"""Which addresses are public, in every form in which an address can be written."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from presage.site.addresses import is_allowed, meant, read, read_networks

PUBLIC_TEXT = """
    1.1.1.1 8.8.8.8 93.184.215.14 100.63.255.255 100.128.0.1 172.15.255.255 172.32.0.1 192.0.3.1
    198.17.255.255 198.20.0.1 223.255.255.255
    2001:4860:4860::8888 2606:4700:4700::1111 2a00:1450:4001::1 ::ffff:8.8.8.8 64:ff9b::8.8.8.8
    2002:0808:0808::1
"""
REFUSED_TEXT = """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254
    169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.2.1 192.88.99.1 192.168.1.1
    198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1
    255.255.255.255
    :: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254
    ::ffff:0:127.0.0.1 64:ff9b::127.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 100::1
    2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:10::1 2001:20::1 2001:db8::1 3fff::1
    2002:7f00:0001::1 2002:c0a8:0101::1 5f00::1 fc00::1 fd12:3456:789a::1 fe80::1 fec0::1 ff02::1
    fe80::1%eth0 2606:4700::1%eth0
"""


@pytest.mark.parametrize("text", PUBLIC_TEXT.split())
def test_what_is_public(text: str) -> None:
    assert is_allowed(ip_address(text))


@pytest.mark.parametrize("text", REFUSED_TEXT.split())
def test_what_is_not(text: str) -> None:
    assert not is_allowed(ip_address(text))


@pytest.mark.parametrize("text", ["10.1.2.3", "::ffff:10.1.2.3", "fd00::7"])
def test_operators_may_allow_networks_of_their_own(text: str) -> None:
    also = read_networks("10.1.0.0/16, fd00::/8")
    assert is_allowed(ip_address(text), also)
    assert not is_allowed(ip_address("10.2.0.1"), also)


def test_a_mapped_address_is_connected_to_as_what_it_is() -> None:
    assert str(meant(ip_address("::ffff:8.8.8.8"))) == "8.8.8.8"
    assert str(meant(ip_address("2606:4700::1"))) == "2606:4700::1"


@pytest.mark.parametrize("text", ["10.0.0.1/8", "somewhere", "10.0.0.0/33"])
def test_what_is_no_network(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_networks(text)


def test_a_name_is_no_address() -> None:
    assert read("example.com") is None
