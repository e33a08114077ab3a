"""The ways to pay that this installation has, and what taking real money fixes.

Payments by hand are always there; a provider needs its address, its secrets, and the operator's
word that real money is meant. Then nothing is given away, and who trades has proved an address.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from presage.api.site.services import Site
from presage.app.settings import BadSetting, Settings
from presage.payments.hosted import Hosted
from presage.site.defined import Value

FIXED: Final[Mapping[str, Value]] = {
    "requireVerifiedEmail": True,
    "streakBonuses": False,
    "SIGNUP_GRANT_CENTS": 0,
    "REFERRAL_REFEREE_CENTS": 0,
    "REFERRAL_REWARD_CENTS": 0,
}
"""What holds while real money is taken, whatever the settings say."""


class CannotPay(BadSetting):
    """The payment provider is not set up as it has to be."""


def furnish(site: Site, settings: Settings) -> None:
    """Give the site its payment provider, if there is one. Raises: CannotPay."""
    if settings.real_money:
        site.real_money = True
        for name, value in FIXED.items():
            site.settings.fix(name, value)
    if not settings.payment_url:
        return
    if not settings.real_money:
        raise CannotPay(
            "a payment provider moves real money; REAL_MONEY_ACKNOWLEDGED=1 says that you know"
        )
    if not settings.payment_url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise CannotPay("PAYMENT_URL must begin with https://")
    try:
        hosted = Hosted(settings.payment_url, settings.payment_key, settings.payment_secret)
    except ValueError as error:
        raise CannotPay(f"PAYMENT_SECRET: {error}") from None
    site.payments[hosted.id] = hosted


def close(site: Site) -> None:
    """Let go of what the gateways hold."""
    for gateway in site.payments.values():
        if isinstance(gateway, Hosted):
            gateway.close()
