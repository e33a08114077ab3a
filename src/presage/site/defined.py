"""The list of settings and flags: name, default, bounds, and what each is for.

A flag is a setting that is true or false; flags are public. Whoever needs another adds a line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from presage.site.addresses import read_networks

Value = int | bool | str

_DAY: Final = 86_400
_MUCH: Final = 1_000_000
_CENTS: Final = 1_000_000_000
_TEXT: Final = 1_000


class Setting(msgspec.Struct, frozen=True):
    """`low` and `high` bound a number, `high` the length of a text, which `check` reads: a
    ValueError says that it cannot."""

    name: str
    default: Value
    help: str
    low: int = 0
    high: int = _MUCH
    check: Callable[[str], object] | None = None


FLAGS: Final = (
    Setting("deposits", False, "Members may deposit money"),
    Setting("withdrawals", False, "Members may withdraw money"),
    Setting("registrationOpen", True, "New members may register"),
    Setting("inviteOnly", False, "Registration needs an invite code"),
    Setting("userInvites", False, "Members have three invite codes of their own"),
    Setting("streakBonuses", True, "Daily logins earn play money"),
    Setting("copyTrader", True, "Members may mirror each other's trades"),
    Setting("challenges", True, "Members may bet against each other"),
    Setting("tournaments", True, "Tournaments"),
    Setting("disputes", True, "Members may dispute a resolution"),
    Setting("marketSuggestions", True, "Members may suggest markets"),
    Setting("posts", True, "Discussion"),
    Setting("webhooks", True, "Members may have events sent to a URL"),
    Setting("obscureCreatorIds", False, 'Who asks for quotes is "0" to everybody else'),
    Setting("apiKeys", True, "Members may make API keys"),
    Setting("leaderboard", True, "The leaderboard is public"),
    Setting("requireVerifiedEmail", False, "Who has not confirmed the address may only read"),
    Setting("maintenance", False, "Only reading, except for operators"),
)

LIMITS: Final = (
    Setting(
        "REQUESTS_PER_MINUTE", 60, "Per member over all keys, or per anonymous address; 0: off"
    ),
    Setting("SESSION_REQUESTS_PER_MINUTE", 600, "Per member in browser sessions; 0: off"),
    Setting("ADDRESS_REQUESTS_PER_MINUTE", 3_000, "Per client address, whoever it is; 0: off"),
    Setting("REGISTER_PER_HOUR", 5, "Registrations per client address; 0: off"),
    Setting("MAILS_PER_HOUR", 10, "Mails asked for per client address; 0: off"),
    Setting("POSTS_PER_TEN_MINUTES", 10, "Posts per member; 0: off"),
    Setting("COMMENTS_PER_TEN_MINUTES", 30, "Comments per member; 0: off"),
    Setting("LIKES_PER_HOUR", 120, "Likes per member; 0: off"),
    Setting("REPORTS_PER_DAY", 20, "Reports per member; 0: off"),
    Setting("EXPORTS_PER_HOUR", 6, "Exports per member; 0: off"),
    Setting("AVATARS_PER_HOUR", 10, "Avatars per member; 0: off"),
    Setting("WEBHOOK_TESTS_PER_HOUR", 10, "Test messages per member; 0: off"),
    Setting("SUGGESTIONS_PER_DAY", 10, "Market suggestions per member; 0: off"),
    Setting("CHALLENGES_PER_DAY", 30, "Challenges per member; 0: off"),
)

ACCOUNTS: Final = (
    Setting("SIGNUP_GRANT_CENTS", 100_000, "Play money for a new member", high=_CENTS),
    Setting("REFERRAL_REFEREE_CENTS", 2_500, "More for one who was referred", high=_CENTS),
    Setting(
        "REFERRAL_REWARD_CENTS", 5_000, "For whoever referred a member who trades", high=_CENTS
    ),
    Setting("LOGIN_FAILURES_PER_EMAIL", 5, "Within 15 minutes, then login waits", 1, 1_000),
    Setting("LOGIN_FAILURES_PER_ADDRESS", 20, "Within 15 minutes, then login waits", 1, _MUCH),
    Setting("PASSWORD_MEMORY_KIB", 65_536, "Argon2id memory", 19_456, 1_048_576),
    Setting("PASSWORD_PASSES", 3, "Argon2id passes", 2, 20),
    Setting("SESSION_DAYS", 30, "A session ends after so many days without use", 1, 90),
    Setting("ADMIN_LOGIN_HOURS", 12, "How fresh an administrator's login has to be", 1, 720),
    Setting("MAX_API_KEYS", 10, "Live Bearer keys of one member", 1, 100),
)

TALK: Final = (
    Setting("AUTO_HIDE_REPORTS", 3, "Members who report something before it is hidden", 1, 1_000),
)

STREAMS: Final = (
    Setting("MAX_STREAMS", 2_000, "Open streams of server-sent events in all", 0, 100_000),
    Setting("MAX_STREAMS_PER_ADDRESS", 20, "The same from one client address", 0, 100_000),
)

TRADING: Final = (
    Setting("OPEN_ORDERS_PER_OPTION", 200, "Open orders of one member for one option", 1, 100_000),
    Setting("OPEN_ORDERS", 2_000, "Open orders of one member", 1, 100_000),
    Setting("POSITION_LIMIT", 0, "Contracts of one option that a member may hold; 0: no limit"),
    Setting("PROTECTION_CONFIRM_MS", 1_000, "How long a stop's level must last", 0, 60_000),
    Setting("PROTECTION_SLIPPAGE_CENTS", 5, "How far below its level a stop may sell", 0, 98),
)

WEBHOOKS: Final = (
    Setting("WEBHOOK_ALLOW_HTTP", 0, "1: members may name http:// as well as https://", high=1),
    Setting(
        "WEBHOOK_ALLOW_CIDRS",
        "",
        "Private networks that the exchange may connect to for members, such as 10.1.0.0/16",
        high=_TEXT,
        check=read_networks,
    ),
)

OUTCOMES: Final = (
    Setting("DISPUTE_WINDOW_HOURS", 24, "For a new event that does not name its own", 0, 168),
    Setting("DISPUTE_BOND_CENTS", 0, "Set aside while a dispute is open", high=_CENTS),
    Setting("DISPUTE_ROUNDS", 3, "After so many cases the outcome is final", 1, 10),
    Setting("DISPUTES_PER_ROUND", 50, "Members who dispute an event at the same time", 1, 50),
    Setting(
        "DISPUTE_LEFT_HOURS", 1, "What is left of the window at least, once it goes on", 0, 168
    ),
    Setting("AMENDED_WINDOW_HOURS", 12, "How long an amended outcome can be disputed", 0, 168),
    Setting("DISPUTE_ALERT_HOURS", 72, "An open dispute that is older is overdue", 1, 8_760),
    Setting("PENDING_SUGGESTIONS", 5, "Market suggestions of one member that wait", 1, 1_000),
    Setting("SUGGESTION_REWARD_CENTS", 0, "For a suggestion that is approved", high=_CENTS),
)

PAYMENTS: Final = (
    Setting("DEPOSIT_MIN_CENTS", 100, "The least that one deposit may be", 1, _CENTS),
    Setting("DEPOSIT_MAX_CENTS", 1_000_000, "The most", 1, _CENTS),
    Setting("DEPOSIT_FEE_BPS", 0, "What a gateway keeps of a deposit", high=5_000),
    Setting("DEPOSIT_HOURS", 24, "A deposit not paid within so many hours expires", 1, 720),
    Setting("DEPOSITS_PER_DAY", 30, "Deposits begun per member; 0: off"),
    Setting("WITHDRAWAL_MIN_CENTS", 100, "The least that one withdrawal may be", 1, _CENTS),
    Setting("WITHDRAWAL_MAX_CENTS", 1_000_000, "The most", 1, _CENTS),
    Setting("WITHDRAWAL_FEE_BPS", 0, "What a gateway keeps of a withdrawal", high=5_000),
    Setting("WITHDRAWAL_DUAL_CENTS", 100_000, "Above this two people approve", high=_CENTS),
    Setting(
        "WITHDRAWAL_WAIT_HOURS", 24, "How long the first one, and a new destination, wait", 0, 720
    ),
    Setting("MAX_OPEN_WITHDRAWALS", 5, "Open withdrawals of one member", 1, 100),
    Setting("PAYMENT_INSTRUCTIONS", "", "How members pay by hand", high=_TEXT),
    Setting("FUNDS_DUAL_CENTS", 1_000_000, "Above this two people issue or burn", high=_CENTS),
    Setting("FUNDS_MAX_CENTS", 100_000_000, "The most that is issued or burned at once", 1, _CENTS),
)

DEFINED: Final[Mapping[str, Setting]] = {
    one.name: one
    for some in (FLAGS, LIMITS, ACCOUNTS, TALK, STREAMS, TRADING, WEBHOOKS, OUTCOMES, PAYMENTS)
    for one in some
}
"""Add a tuple of your own above and name it here."""
