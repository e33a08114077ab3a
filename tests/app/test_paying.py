"""Taking real money: only when the operator says so, and then nothing is given away."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from presage.api.site.services import Site
from presage.app import paying
from presage.app.paying import CannotPay
from presage.app.settings import Settings
from presage.payments.hosted import Hosted

SECRET = "whsec_" + base64.b64encode(b"a secret of sixteen").decode()


def settings(**more: object) -> Settings:
    wanted: dict[str, object] = {
        "payment_url": "https://pay.example",
        "payment_secret": SECRET,
        "real_money": True,
        **more,
    }
    return Settings(data=Path("nowhere"), **wanted)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"real_money": False}, "REAL_MONEY_ACKNOWLEDGED"),
        ({"payment_url": "http://pay.example"}, "https"),
        ({"payment_secret": ""}, "PAYMENT_SECRET"),
        ({"payment_secret": "whsec_AAAA"}, "PAYMENT_SECRET"),
        ({"payment_secret": "whsec_no base64"}, "PAYMENT_SECRET"),
    ],
)
def test_a_provider_that_is_not_set_up_right(more: dict[str, object], why: str) -> None:
    with pytest.raises(CannotPay, match=why):
        paying.furnish(Site(), settings(**more))


def test_real_money_is_never_given_away_and_nobody_changes_that() -> None:
    site = Site()
    paying.furnish(site, settings())
    assert isinstance(site.payments["hosted"], Hosted)
    paying.close(site)
    site.settings.put("SIGNUP_GRANT_CENTS", 100)
    site.settings.put("requireVerifiedEmail", False)
    assert site.settings.number("SIGNUP_GRANT_CENTS") == 0
    assert site.settings.flag("requireVerifiedEmail")
    assert site.settings.is_fixed("streakBonuses")
    assert not site.settings.is_fixed("deposits")


def test_play_money_needs_nothing() -> None:
    site = Site()
    paying.furnish(site, Settings(data=Path("nowhere")))
    assert set(site.payments) == {"manual"}
    assert site.settings.number("SIGNUP_GRANT_CENTS") > 0
