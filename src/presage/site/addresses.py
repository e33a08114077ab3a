"""Which network addresses the exchange may connect to on behalf of others: the public internet.

Everything that is not global unicast is refused, in whatever form it is written: an IPv4 address
inside an IPv6 one counts as what it stands for. Operators may name networks of their own that are
allowed as well. It looks nothing up and connects to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_GLOBAL_V6: Final = IPv6Network("2000::/3")
_REFUSED_TEXT: Final = """
0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24
224.0.0.0/4 240.0.0.0/4
2001::/23 2001:db8::/32 2620:4f:8000::/48 3fff::/20
"""
_REFUSED: Final[tuple[Network, ...]] = tuple(map(ip_network, _REFUSED_TEXT.split()))
"""What the registries of special-purpose addresses keep from being global unicast: this network,
private, shared (CGNAT), loopback, link-local, protocols, examples, relays, benchmarks, multicast
and reserved ones; of the global IPv6 range protocols (Teredo among them), examples and AS112."""
_MAPPED: Final = IPv6Network("::ffff:0:0/96")
_NAT64: Final = IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR: Final = IPv6Network("2002::/16")


def read(text: str) -> Address | None:
    """The address that a resolver has named, None when it is none (or belongs to one link)."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def read_networks(text: str) -> tuple[Network, ...]:
    """Networks in CIDR notation, separated by blanks or commas. Raises: ValueError."""
    return tuple(ip_network(word) for word in text.replace(",", " ").split())


def meant(address: Address) -> Address:
    """What a mapped IPv4 address stands for; any other stands for itself."""
    if isinstance(address, IPv6Address) and address in _MAPPED:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def is_allowed(address: Address, also: Sequence[Network] = ()) -> bool:
    """May it be connected to? `also` are the operators' own networks."""
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return False
    address = meant(address)
    return any(address in network for network in also) or _is_public(address)


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        inside = _embedded(address)
        if inside is not None:
            return _is_public(inside)
        if address not in _GLOBAL_V6:
            return False
    return not any(address in network for network in _REFUSED)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a translator or a relay would connect to."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    if address in _SIX_TO_FOUR:
        return IPv4Address(int(address) >> 80 & 0xFFFF_FFFF)
    return None
