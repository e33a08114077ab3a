"""Who a member is to people: name, address, role, and what moderation has said about them.

A profile is a row beside the member's row; every member has one, with an email or without. Whether
a member may trade is the engine's business, and shown by the member's row (`members.status`).
"""

from __future__ import annotations

import secrets
from typing import Any, Final

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Index,
    Text,
    or_,
    select,
)

from presage.domain.ids import MemberId
from presage.identity import members, usernames
from presage.identity.members import Member
from presage.storage import kept
from presage.units import Micros

ROLES: Final = ("user", "moderator", "resolver", "admin", "auditor")
CODE_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without look-alikes: people read such codes to each other."""
_CODE_LENGTH: Final = 8

profiles = kept.kept_table(
    "profiles",
    Column("member", BigInteger, primary_key=True, autoincrement=False),
    Column("email", Text, nullable=True),
    Column("email_verified_at", BigInteger, nullable=False),
    Column("username", Text, nullable=False),
    Column("username_changed_at", BigInteger, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("first_name", Text, nullable=False),
    Column("last_name", Text, nullable=False),
    Column("avatar", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("muted_until", BigInteger, nullable=False),
    Column("banned", Boolean, nullable=False),
    Column("notes", Text, nullable=False),
    Column("referral_code", Text, nullable=False),
    Column("grant_due", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
)
Index("profiles_by_email", profiles.c.email, unique=True)
Index("profiles_by_username", profiles.c.username, unique=True)
Index("profiles_by_referral_code", profiles.c.referral_code, unique=True)


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """`email` is as `normal_email` leaves it, None for bots. `muted_until` 0: not muted.
    `grant_due` is the opening money in micro-dollars that is still to be paid. `version` counts the
    changes."""

    member: MemberId
    email: str | None = None
    email_verified_at: Micros = 0
    username: str
    username_changed_at: Micros = 0
    display_name: str = ""
    first_name: str = ""
    last_name: str = ""
    avatar: str = ""
    role: str = "user"
    muted_until: Micros = 0
    banned: bool = False
    notes: str = ""
    referral_code: str
    grant_due: int = 0
    version: int = 1


class Person(msgspec.Struct, frozen=True, gc=False):
    """What every request needs to know of a member. `status` is the engine's word."""

    number: MemberId
    id: str
    username: str
    display_name: str
    avatar: str
    role: str
    status: str
    muted_until: Micros
    banned: bool
    verified: bool
    created_at: Micros

    def state(self, at: Micros) -> str:
        """ACTIVE, MUTED, SUSPENDED, BANNED or CLOSED."""
        if self.status == "closed":
            return "CLOSED"
        if self.banned:
            return "BANNED"
        if self.status == "suspended":
            return "SUSPENDED"
        return "MUTED" if self.muted_until > at else "ACTIVE"


def person(member: Member, profile: Profile) -> Person:
    """Both rows as one."""
    role = "admin" if member.role == "operator" else profile.role
    return Person(
        member.number,
        member.id,
        profile.username,
        profile.display_name,
        profile.avatar,
        role,
        member.status,
        profile.muted_until,
        profile.banned,
        profile.email_verified_at > 0,
        member.created_at,
    )


def new_code() -> str:
    """A code for referrals or invitations."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(_CODE_LENGTH))


def add(connection: Connection, profile: Profile) -> None:
    """Write a new profile. Email, username and code must be free."""
    kept.insert(connection, profiles, msgspec.structs.asdict(profile))


def change(connection: Connection, profile: Profile) -> Profile:
    """Write a profile over the one that the member has; it counts one change more."""
    changed = msgspec.structs.replace(profile, version=profile.version + 1)
    kept.replace(connection, profiles, msgspec.structs.asdict(changed))
    return changed


def join(connection: Connection, member: Member) -> Profile:
    """A profile for a member who has none: a name that is free, no email."""
    profile = Profile(
        member=member.number,
        username=free_username(connection, member.display_name),
        display_name=member.display_name[:50],
        referral_code=free_code(connection),
    )
    add(connection, profile)
    return profile


def free_username(connection: Connection, words: str) -> str:
    """One that nobody has."""
    return usernames.generate(
        words,
        lambda name: usernames.is_allowed(name) and by_username(connection, name) is None,
    )


def free_code(connection: Connection) -> str:
    """A referral code that nobody has."""
    while True:
        code = new_code()
        if by_referral_code(connection, code) is None:
            return code


def find(connection: Connection, member: MemberId) -> Profile | None:
    """A member's profile."""
    return _find(connection, "member", member)


def by_email(connection: Connection, email: str) -> Profile | None:
    """The profile with a normal email."""
    return _find(connection, "email", email)


def by_username(connection: Connection, username: str) -> Profile | None:
    """The profile with a username."""
    return _find(connection, "username", username)


def by_referral_code(connection: Connection, code: str) -> Profile | None:
    """The profile with a referral code."""
    return _find(connection, "referral_code", code)


def _find(connection: Connection, name: str, value: object) -> Profile | None:
    found = kept.with_value(connection, profiles, name, value)
    return next((Profile(**row) for row in found), None)


def page(
    connection: Connection,
    after: MemberId,
    limit: int,
    *,
    begins: str = "",
    role: str | None = None,
    status: str | None = None,
    now: Micros = 0,
) -> list[Profile]:
    """Profiles in the order of the members' numbers; `begins` is how username or email begins."""
    rows, p = members.members, profiles.c
    query = select(profiles).join(rows, rows.c.number == p.member).where(p.member > after)
    if begins:
        query = query.where(or_(_begins(p.username, begins), _begins(p.email, begins)))
    if role == "admin":
        query = query.where(or_(p.role == role, rows.c.role == "operator"))
    elif role is not None:
        query = query.where(p.role == role, rows.c.role != "operator")
    if status is not None:
        query = query.where(*_in_state(status, now))
    query = query.order_by(p.member).limit(limit)
    return [Profile(**row) for row in kept.read(connection, query, profiles)]


def _begins(column: Column[Any], text: str) -> ColumnElement[bool]:
    return column.between(text, text + "\U0010ffff")


def _in_state(status: str, now: Micros) -> list[ColumnElement[bool]]:
    """The conditions that `Person.state` looks at, in its order."""
    row, p = members.members.c, profiles.c
    closed, suspended, muted = (
        row.status == "closed",
        row.status == "suspended",
        p.muted_until > now,
    )
    words = {
        "CLOSED": [closed],
        "BANNED": [~closed, p.banned],
        "SUSPENDED": [~closed, ~p.banned, suspended],
        "MUTED": [~closed, ~p.banned, ~suspended, muted],
        "ACTIVE": [~closed, ~p.banned, ~suspended, ~muted],
    }
    return words[status]


def without_profile(connection: Connection, most: int) -> list[Member]:
    """Members who have none yet, oldest first: they were made by an operator, or before there was
    a site."""
    known = select(profiles.c.member)
    query = select(members.members).where(members.members.c.number.not_in(known))
    query = query.order_by(members.members.c.number).limit(most)
    return [Member(**row) for row in kept.read(connection, query, members.members)]


class People:
    """Every member as a `Person`, in memory, because each request asks who it is for."""

    def __init__(self) -> None:
        self._people: dict[MemberId, Person] = {}
        self._names: dict[str, MemberId] = {}
        self._ids: dict[str, MemberId] = {}

    def load(self, connection: Connection) -> None:
        """Read members and profiles."""
        rows = {one.number: one for one in members.every(connection)}
        for row in kept.read(connection, select(profiles), profiles):
            profile = Profile(**row)
            self.put(person(rows[profile.member], profile))

    def put(self, person: Person) -> None:
        """Take over a committed new or changed member."""
        before = self._people.get(person.number)
        if before is not None:
            self._names.pop(before.username, None)
        self._people[person.number] = person
        self._names[person.username] = person.number
        self._ids[person.id] = person.number

    def find(self, number: MemberId) -> Person | None:
        """A member by the engine's number."""
        return self._people.get(number)

    def by_username(self, username: str) -> Person | None:
        """A member by name."""
        number = self._names.get(username.lower())
        return None if number is None else self._people[number]

    def by_id(self, id: str) -> Person | None:
        """A member by the UUID text of the member's row."""
        number = self._ids.get(id)
        return None if number is None else self._people[number]

    def __len__(self) -> int:
        return len(self._people)
