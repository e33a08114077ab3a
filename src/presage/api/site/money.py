"""A member's money as the site prints it: subaccount 0 alone, whole cents and exact micros.

What one owns is rounded down, what one owes up, in print only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from presage.api.kalshi.services import Services
from presage.domain.ids import MemberId, account_id
from presage.units import CENT, CENT_PRICE, CONTRACT, Count, Money, Price


class Wallet(NamedTuple):
    """In micro-dollars. `balance` holds what is reserved, `available` does not; `held` is the part
    of what is reserved that no order has, by what it is for."""

    balance: Money
    reserved: Money
    held: Mapping[str, Money] = {}

    @property
    def available(self) -> Money:
        return self.balance - self.reserved


def wallet(services: Services, member: MemberId) -> Wallet:
    """A member's money now."""
    account = services.accounts.find(account_id(member))
    if account is None:
        return Wallet(0, 0)
    held = services.holds.of(account.id)
    aside = sum(held.values())
    return Wallet(account.cash + aside, account.reserved + aside, held)


def owned_cents(money: Money) -> int:
    """Whole cents of what somebody owns: rounded down."""
    return money // CENT


def owed_cents(money: Money) -> int:
    """Whole cents of what somebody owes: rounded up."""
    return -(-money // CENT)


def price_cents(price: Price) -> int | float:
    """A price in cents, whole where it is."""
    whole, part = divmod(price, CENT_PRICE)
    return price / CENT_PRICE if part else whole


def contracts(count: Count) -> int | float:
    """A number of contracts, whole where it is."""
    whole, part = divmod(count, CONTRACT)
    return count / CONTRACT if part else whole
