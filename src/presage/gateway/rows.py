"""Are the rows that no journal repeats what was written, all of them, and can they be found?

Checksums show a changed row, the audit log's chain a changed or missing act. SQLite's own check
shows an index that no longer leads to its row, and rows that fell out of a table. Nothing here
repairs.
"""

from __future__ import annotations

import sqlite3
from typing import Final

import sqlalchemy
from sqlalchemy import Table
from sqlalchemy.pool import StaticPool

from presage.catalog.collections import COLLECTIONS
from presage.catalog.collections import WORDS as COLLECTION_WORDS
from presage.catalog.events import EVENT_TEXTS
from presage.catalog.exchange import announcements, maintenance_windows, trading_sessions
from presage.catalog.house import HOUSE_LINES
from presage.catalog.incentives import PROGRAMS, incentive_scores
from presage.catalog.live_data import EVENT_LIVE_DATA, LIVE_DATA
from presage.catalog.markets import MARKET_TEXTS
from presage.catalog.milestones import MILESTONES
from presage.catalog.milestones import WORDS as MILESTONE_WORDS
from presage.catalog.series import SERIES_TEXTS
from presage.catalog.shards import shard_texts, target_allocations
from presage.catalog.sports import SPORT_FILTERS
from presage.catalog.targets import TARGETS
from presage.catalog.targets import WORDS as TARGET_WORDS
from presage.catalog.weather import CITIES, weather_points
from presage.identity import audit
from presage.identity.api_keys import api_keys
from presage.identity.bearer_keys import bearer_keys
from presage.identity.members import members
from presage.identity.old_usernames import old_usernames
from presage.identity.one_time import one_time
from presage.identity.passwords import passwords
from presage.identity.people import profiles
from presage.identity.security_log import security_log
from presage.identity.sessions import sessions
from presage.identity.totp import totp
from presage.site.badges import badges_earned
from presage.site.blocks import blocks
from presage.site.categories import categories
from presage.site.challenges import challenges
from presage.site.comments import comments
from presage.site.copies import copy_relations
from presage.site.copy_jobs import copy_jobs
from presage.site.copy_log import copy_log
from presage.site.copy_lots import copy_lots
from presage.site.deliveries import deliveries as webhook_deliveries
from presage.site.deliveries import messages as webhook_messages
from presage.site.deliveries import rounds as webhook_rounds
from presage.site.deposits import deposits
from presage.site.disputes import disputes
from presage.site.entries import entries
from presage.site.events import clarifications, old_slugs, site_events
from presage.site.follows import follows
from presage.site.funds import fund_orders
from presage.site.invites import invite_codes
from presage.site.likes import likes
from presage.site.mails import mails
from presage.site.media import media
from presage.site.moderation import actions as moderation_actions
from presage.site.news_cache import news_cache
from presage.site.notes import trade_notes
from presage.site.notifications import notifications
from presage.site.offsets import offsets
from presage.site.outbox import outbox
from presage.site.paper_positions import paper_positions
from presage.site.paper_takes import paper_takes
from presage.site.paper_trades import paper_trades
from presage.site.posts import posts
from presage.site.preferences import preferences
from presage.site.protections import protections
from presage.site.referrals import referrals
from presage.site.reopenings import reopenings
from presage.site.replies import replies
from presage.site.reports import reports
from presage.site.resolutions import resolutions
from presage.site.rounds import rounds
from presage.site.settings import settings
from presage.site.sponsors import event_sponsors, sponsors
from presage.site.streaks import streak_days, streaks
from presage.site.suggestions import suggestions
from presage.site.tallies import marks, tallies
from presage.site.tournaments import tournaments
from presage.site.watchlist import watchlist
from presage.site.webhooks import webhooks
from presage.site.withdrawals import withdrawals
from presage.site.xp import xp_due, xp_log
from presage.storage import kept
from presage.storage.database import FILE
from presage.storage.errors import RowDamaged, StorageError

KEPT: Final[tuple[Table, ...]] = (
    announcements,
    api_keys,
    EVENT_TEXTS.table,
    maintenance_windows,
    MARKET_TEXTS.table,
    members,
    SERIES_TEXTS.table,
    trading_sessions,
    MILESTONES.table,
    MILESTONE_WORDS.table,
    TARGETS.table,
    TARGET_WORDS.table,
    LIVE_DATA.table,
    EVENT_LIVE_DATA.table,
    CITIES.table,
    weather_points,
    SPORT_FILTERS.table,
    PROGRAMS.table,
    incentive_scores,
    shard_texts,
    target_allocations,
    # the site
    bearer_keys,
    one_time,
    passwords,
    profiles,
    security_log,
    sessions,
    totp,
    invite_codes,
    mails,
    referrals,
    replies,
    settings,
    streak_days,
    streaks,
    xp_log,
    categories,
    clarifications,
    old_slugs,
    site_events,
    # people and what they say
    blocks,
    comments,
    follows,
    likes,
    moderation_actions,
    posts,
    reports,
    watchlist,
    # workers
    offsets,
    outbox,
    COLLECTIONS.table,
    COLLECTION_WORDS.table,
    HOUSE_LINES.table,
    # rewards
    badges_earned,
    marks,
    media,
    notifications,
    old_usernames,
    preferences,
    rounds,
    tallies,
    trade_notes,
    xp_due,
    # trading on the site
    protections,
    # news, sponsors
    event_sponsors,
    news_cache,
    sponsors,
    # what is sent to members' URLs
    webhook_deliveries,
    webhook_messages,
    webhook_rounds,
    webhooks,
    # contests
    challenges,
    entries,
    paper_positions,
    paper_takes,
    paper_trades,
    tournaments,
    # copying
    copy_jobs,
    copy_log,
    copy_lots,
    copy_relations,
    # outcomes, and what is to come
    disputes,
    reopenings,
    resolutions,
    suggestions,
    # money in and out
    deposits,
    fund_orders,
    withdrawals,
)
_PAGE: Final = 1_000


def check_rows(raw: sqlite3.Connection) -> int:
    """How many there are. Raises: StorageError (RowDamaged) naming the first that is wrong."""
    check_file(raw, FILE)
    engine = sqlalchemy.create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool)
    with engine.connect() as connection:
        return sum(kept.check(connection, table) for table in KEPT) + _check_audit(connection)


def check_file(raw: sqlite3.Connection, name: str) -> None:
    """Do the pages of a file fit together, and every index its table? Raises: StorageError."""
    (found,) = raw.execute("PRAGMA integrity_check(1)").fetchone()
    if found != "ok":
        raise StorageError(f"{name}: {found}")


def _check_audit(connection: sqlalchemy.Connection) -> int:
    chain = audit.Chain()
    while rows := audit.following(connection, chain.last, _PAGE):
        chain.follow(rows)
        if chain.broken:
            raise RowDamaged(audit.audit.name, str(chain.broken))
    return chain.last
