"""What a payment gateway is: what it asks for, how a deposit begins, what a callback proves, and
how a payout is handed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol

import msgspec

from presage.units import Money

Mode = Literal["deposit", "withdrawal"]
ActionType = Literal["REDIRECT", "INSTRUCTIONS", "NONE"]
Result = Literal["paid", "failed"]


class Field(msgspec.Struct, frozen=True):
    """Something that the member has to say, as in a form."""

    name: str
    label: str
    type: Literal["text", "email"] = "text"
    required: bool = True


class Action(msgspec.Struct, frozen=True):
    """What the member has to do next. `reference` is the provider's own name of the payment."""

    type: ActionType
    url: str = ""
    text: str = ""
    reference: str = ""


class Wanted(msgspec.Struct, frozen=True):
    """A payment that is to be made; `id` is ours and the same at every try."""

    id: str
    amount: Money
    currency: str
    return_url: str = ""
    destination: Mapping[str, str] = {}


class Told(msgspec.Struct, frozen=True):
    """What a callback that proved to be the provider's says of one of our payments."""

    mode: Mode
    id: str
    result: Result
    amount: Money
    currency: str
    note: str = ""


class Unavailable(Exception):
    """The provider did not answer, or nothing that can be understood: try again later."""


class Declined(Exception):
    """The provider will not make this payment; the text says why, as far as it said."""


class NotGenuine(Exception):
    """The callback is not the provider's, or is too old."""


class Gateway(Protocol):
    """One way to pay. `automatic`: it makes payouts itself, else somebody does it by hand."""

    @property
    def id(self) -> str: ...

    @property
    def label(self) -> str: ...

    @property
    def currency(self) -> str: ...

    @property
    def automatic(self) -> bool: ...

    def fields(self, mode: Mode) -> tuple[Field, ...]:
        """What a member is asked for."""
        ...

    async def start_deposit(self, wanted: Wanted) -> Action:
        """What the member does to pay. Raises: Unavailable, Declined."""
        ...

    async def start_payout(self, wanted: Wanted) -> str:
        """Hand a payout over; the provider's reference. The same one again changes nothing.

        Raises: Unavailable, Declined.
        """
        ...

    def read_callback(self, headers: Mapping[bytes, bytes], body: bytes, now: int) -> Told | None:
        """What a callback says; None: nothing that concerns a payment. `now` is real time in
        seconds. Raises: NotGenuine."""
        ...
