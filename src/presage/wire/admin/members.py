"""Members, their keys and their funds as the operator API spells them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from presage.wire.admin.common import Dollars, Done, Name, Request, Word
from presage.wire.admin.shards import AnyShard

Role = Literal["member", "operator", "house", "fcm"]
Status = Literal["active", "suspended", "closed"]
Scope = Literal[
    "read",
    "write",
    "read::block_trade_accept",
    "read::portfolio_balance",
    "write::trade",
    "write::transfer",
    "write::block_trade_accept",
]
Subaccount = Annotated[int, Meta(ge=0, le=63)]


class ListMembers(msgspec.Struct, kw_only=True):
    """`after` is the number of the last member of the page before."""

    limit: Annotated[int, Meta(ge=1, le=1_000)] = 100
    after: Annotated[int, Meta(ge=0)] = 0


class CreateMember(Request, kw_only=True):
    """`funds` in dollars are deposited at once; `generate_key` makes a key pair."""

    name: Name
    role: Role = "member"
    funds: Dollars | None = None
    generate_key: bool = False


class SetMemberStatus(Request, kw_only=True):
    """Whoever is not active has no resting orders."""

    status: Status


class CreateKey(Request, kw_only=True):
    """Without `public_key` (PEM) a pair is made and the private half answered once."""

    name: Name = "operator"
    public_key: Annotated[str, Meta(max_length=4_096)] | None = None
    scopes: Annotated[tuple[Scope, ...], Meta(min_length=1, max_length=7)] = ("read", "write")
    subaccount: Subaccount | None = None


class DeleteKey(Request, kw_only=True):
    """The key fails from the next call on."""


class MoveFunds(Request, kw_only=True):
    """`amount` in dollars. A `cause` works once for ever; the same request again is answered with
    what it did. While it is pending a deposit is not there yet, and a withdrawal is gone from the
    account and has not arrived."""

    amount: Dollars
    kind: Literal["deposit", "withdrawal"] = "deposit"
    subaccount: Subaccount = 0
    exchange_index: AnyShard = 0
    cause: Annotated[Word, Meta(min_length=1)] | None = None
    status: Literal["applied", "pending"] = "applied"


class DecideFunds(Request, kw_only=True):
    """What is pending is applied or fails; what was applied may still be returned."""

    status: Literal["applied", "failed", "returned"]


class Account(msgspec.Struct, kw_only=True):
    """Money in dollars."""

    subaccount: int
    exchange_index: int
    cash: str
    reserved: str
    available: str


class Member(msgspec.Struct, kw_only=True):
    """`number` is the engine's; both it and `id` are accepted in paths."""

    id: str
    number: int
    name: str
    role: str
    status: str
    created_time: str
    accounts: list[Account]


class MemberList(msgspec.Struct):
    """`next` is the `after` of the next page, null on the last."""

    members: list[Member]
    next: int | None


class Key(msgspec.Struct, omit_defaults=True, kw_only=True):
    """`private_key` stands only in the answer that made the pair."""

    id: str
    name: str
    scopes: list[str]
    subaccount: int | None = None
    private_key: str = ""


class MemberDetail(msgspec.Struct):
    member: Member
    keys: list[Key]


class MemberDone(Done, omit_defaults=True, kw_only=True):
    member: Member
    key: Key | None = None


class KeyDone(Done, kw_only=True):
    member_id: str
    key: Key


class FundsDone(Done, kw_only=True):
    """`transfer_id` as in the member's own lists; `replayed`: the cause had been used for this.
    `cash` is null when this did not touch it."""

    member_id: str
    transfer_id: str
    kind: str
    status: str
    amount: str
    cash: str | None
    replayed: bool
