"""Limits that some routes have beside the common one: so many an hour, per member or address.

An operation names its cap; how many are allowed is a setting of that name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Cap(NamedTuple):
    """`setting` holds the number of calls within `seconds`."""

    setting: str
    seconds: int
    by_address: bool = False


_HOUR: Final = 3_600
_TEN_MINUTES: Final = 600
_DAY: Final = 86_400

CAPS: Final[Mapping[str, Cap]] = {
    "register": Cap("REGISTER_PER_HOUR", _HOUR, by_address=True),
    "mail": Cap("MAILS_PER_HOUR", _HOUR, by_address=True),
    "posts": Cap("POSTS_PER_TEN_MINUTES", _TEN_MINUTES),
    "comments": Cap("COMMENTS_PER_TEN_MINUTES", _TEN_MINUTES),
    "likes": Cap("LIKES_PER_HOUR", _HOUR),
    "reports": Cap("REPORTS_PER_DAY", _DAY),
    "export": Cap("EXPORTS_PER_HOUR", _HOUR),
    "avatar": Cap("AVATARS_PER_HOUR", _HOUR),
    "webhook_test": Cap("WEBHOOK_TESTS_PER_HOUR", _HOUR),
    "suggestions": Cap("SUGGESTIONS_PER_DAY", _DAY),
    "challenges": Cap("CHALLENGES_PER_DAY", _DAY),
    "deposits": Cap("DEPOSITS_PER_DAY", _DAY),
}
