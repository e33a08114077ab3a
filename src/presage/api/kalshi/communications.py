"""What RFQs, quotes and block trades have in common: pseudonyms, and how sizes and prices are said.

A member is known to the others by one id that never changes and says nothing else. Refusals of what
cannot be read name the field.
"""

from __future__ import annotations

from typing import Final

from presage.api.ids import Kind
from presage.api.kalshi.owned import AnyCall, is_own, services_of
from presage.api.kalshi.rejects import invalid_parameters
from presage.api.registry import Call
from presage.domain.ids import AccountId, MemberId, member_of
from presage.units import (
    CONTRACT,
    MAX_COUNT,
    Count,
    Money,
    NotANumber,
    Price,
    TooPrecise,
    parse_count,
    parse_money,
    parse_price,
)
from presage.wire.kalshi.communications import GetCommunicationsIDResponse

NOBODY: Final = "0"
CENTI_CENT: Money = 100
"""Micro-dollars."""


async def get_communications_id(call: Call[None, None]) -> GetCommunicationsIDResponse:
    """Get the id by which other members know the caller."""
    return GetCommunicationsIDResponse(pseudonym(call, call.caller.member))


def pseudonym(call: AnyCall, member: MemberId) -> str:
    """The member's public communications id."""
    return services_of(call).ids.text(member, Kind.COMMUNICATIONS)


def pseudonym_of(call: AnyCall, account: AccountId) -> str:
    """The public communications id of an account's member."""
    return pseudonym(call, member_of(account))


def rfq_creator(call: AnyCall, account: AccountId) -> str:
    """The public communications id of who asked, or `0` where others are not to know it."""
    hidden = _obscured(call) and not is_own(call, account)
    return NOBODY if hidden else pseudonym_of(call, account)


def creator(call: AnyCall, text: str | None, own: bool) -> MemberId | None:
    """Whom a creator filter means: the caller by `self` or user id, others by their public id.

    None: no filter; 0: nobody. Another member's user id is nobody, or it could be matched with a
    public id.
    """
    if not text:
        return call.caller.member if own else None
    if text == call.caller.user_id:
        return call.caller.member
    named = services_of(call).ids.number(text, Kind.COMMUNICATIONS) or 0
    return 0 if own and named != call.caller.member else named


def asker(call: AnyCall, text: str | None, own: bool) -> MemberId | None:
    """As `creator`, of RFQs; nobody can be looked for whose name is not told."""
    found = creator(call, text, own)
    return 0 if found != call.caller.member and found and _obscured(call) else found


def _obscured(call: AnyCall) -> bool:
    return services_of(call).site.settings.flag("obscureCreatorIds")


def no_subtraders(text: str | None, field: str) -> None:
    """Raises: ApiError; only FCM members act for others."""
    if text:
        raise invalid_parameters(f"{field}: only FCM members have subtraders")


def bid(text: str, field: str) -> Price:
    """A bid in dollars; 0: none. Raises: ApiError."""
    try:
        return parse_price(text)
    except TooPrecise as error:
        raise invalid_parameters(f"{field}: {error.places} decimals are too many") from None
    except NotANumber:
        raise invalid_parameters(f"{field} is not a price in dollars") from None


def contracts(whole: int | None, text: str | None) -> Count:
    """A count said as a number, a text, or both alike; 0: not said. Raises: ApiError."""
    if whole is not None and not 0 <= whole <= MAX_COUNT // CONTRACT:
        raise invalid_parameters("contracts is out of range")
    count = None if whole is None else whole * CONTRACT
    if not text:
        return count or 0
    try:
        exact = parse_count(text)
    except (NotANumber, TooPrecise):
        raise invalid_parameters("contracts_fp is not a number of up to 2 decimals") from None
    if count not in (None, 0, exact):
        raise invalid_parameters("contracts and contracts_fp do not agree")
    return exact


def target_cost(centi_cents: int | None, text: str | None) -> Money:
    """A sum said in centi-cents, as dollars, or both alike; 0: not said. Raises: ApiError."""
    if centi_cents is not None and centi_cents < 0:
        raise invalid_parameters("target_cost_centi_cents is negative")
    amount = (centi_cents or 0) * CENTI_CENT
    if not text:
        return amount
    try:
        exact = parse_money(text)
    except (NotANumber, TooPrecise):
        raise invalid_parameters("target_cost_dollars is not an amount in dollars") from None
    if amount not in (0, exact):
        raise invalid_parameters("target_cost_centi_cents and target_cost_dollars do not agree")
    return exact
