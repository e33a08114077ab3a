"""The operator API as one table: every operation, what it takes and what it answers.

All of them need an operator's key, or one of the roles that the line names: with a Bearer key that
has the scope admin, or a fresh session.
"""

from __future__ import annotations

from typing import Final

from presage.api.admin import (
    audit,
    exchange,
    funds,
    jobs,
    keys,
    listings,
    markets,
    members,
    prices,
    routes_catalog,
    routes_desk,
    routes_events,
    routes_moderation,
    routes_people,
    routes_resolution,
    routes_sponsors,
    routes_tournaments,
    routes_webhooks,
    shards,
)
from presage.api.admin.errors import ERRORS
from presage.api.admin.lines import AUDITORS, READERS
from presage.api.admin.lines import get as _get
from presage.api.admin.lines import write as _write
from presage.api.openapi import documented
from presage.api.registry import Api
from presage.wire.admin import exchange as e
from presage.wire.admin import jobs as j
from presage.wire.admin import listings as t
from presage.wire.admin import members as m
from presage.wire.admin import prices as p
from presage.wire.admin import shards as h

PREFIX: Final = "/api/admin"

MEMBERS = (
    _get("ListMembers", "/members", members.list_members, m.MemberList, m.ListMembers),
    _write(
        "POST", "CreateMember", "/members", members.create_member, m.CreateMember, m.MemberDone, 201
    ),
    _get("GetMember", "/members/{member_id}", members.get_member, m.MemberDetail),
    _write(
        "PATCH",
        "SetMemberStatus",
        "/members/{member_id}",
        members.set_member_status,
        m.SetMemberStatus,
        m.MemberDone,
    ),
    _write(
        "POST",
        "CreateKey",
        "/members/{member_id}/keys",
        keys.create_key,
        m.CreateKey,
        m.KeyDone,
        201,
    ),
    _write("DELETE", "DeleteKey", "/keys/{key_id}", keys.delete_key, m.DeleteKey, m.KeyDone),
    _write(
        "POST",
        "MoveFunds",
        "/members/{member_id}/funds",
        funds.move_funds,
        m.MoveFunds,
        m.FundsDone,
    ),
    _write(
        "PATCH",
        "DecideFunds",
        "/members/{member_id}/funds/{transfer_id}",
        funds.decide_funds,
        m.DecideFunds,
        m.FundsDone,
    ),
)

JOBS = (
    _get("ListJobs", "/jobs", jobs.list_jobs, j.Jobs),
    _write("POST", "RunJob", "/jobs/{name}/run", jobs.run_job, j.RunJob, j.JobDone),
)

LISTINGS = (
    _write(
        "POST", "CreateSeries", "/series", listings.create_series, t.CreateSeries, t.Created, 201
    ),
    _write(
        "POST", "CreateMarket", "/markets", listings.create_market, t.CreateMarket, t.Created, 201
    ),
    _get("GetSeriesFees", "/series/{ticker}/fees", listings.get_series_fees, t.Fees),
    _write(
        "PATCH",
        "SetSeriesFees",
        "/series/{ticker}/fees",
        listings.set_series_fees,
        t.SetSeriesFees,
        t.FeesDone,
    ),
    _get("GetEventFees", "/events/{ticker}/fees", listings.get_event_fees, t.Fees),
    _write(
        "PATCH",
        "SetEventFees",
        "/events/{ticker}/fees",
        listings.set_event_fees,
        t.SetEventFees,
        t.FeesDone,
    ),
)

VERBS = (
    _write(
        "POST", "OpenMarket", "/markets/{ticker}/open", markets.open_market, t.Act, t.MarketDone
    ),
    _write(
        "POST",
        "PauseMarket",
        "/markets/{ticker}/pause",
        markets.pause_market,
        t.PauseMarket,
        t.MarketDone,
    ),
    _write(
        "POST",
        "ResumeMarket",
        "/markets/{ticker}/resume",
        markets.resume_market,
        t.Act,
        t.MarketDone,
    ),
    _write(
        "POST", "CloseMarket", "/markets/{ticker}/close", markets.close_market, t.Act, t.MarketDone
    ),
    _write(
        "POST",
        "DetermineMarket",
        "/markets/{ticker}/determine",
        markets.determine_market,
        t.Determine,
        t.MarketDone,
    ),
    _write(
        "POST",
        "DisputeMarket",
        "/markets/{ticker}/dispute",
        markets.dispute_market,
        t.Act,
        t.MarketDone,
    ),
    _write(
        "POST",
        "AmendMarket",
        "/markets/{ticker}/amend",
        markets.amend_market,
        t.Determine,
        t.MarketDone,
    ),
    _write(
        "POST",
        "SettleMarket",
        "/markets/{ticker}/settle",
        markets.settle_market,
        t.Settle,
        t.MarketDone,
    ),
    _write(
        "POST", "VoidMarket", "/markets/{ticker}/void", markets.void_market, t.Void, t.MarketDone
    ),
    _write(
        "POST",
        "SetMarketTimes",
        "/markets/{ticker}/times",
        markets.set_market_times,
        t.SetTimes,
        t.MarketDone,
    ),
    _write(
        "POST",
        "SetPriceStructure",
        "/markets/{ticker}/structure",
        markets.set_price_structure,
        t.SetStructure,
        t.MarketDone,
    ),
)

EXCHANGE = (
    _write(
        "POST",
        "PauseExchange",
        "/exchange/pause",
        exchange.pause_exchange,
        e.PauseExchange,
        e.ExchangeDone,
    ),
    _write(
        "POST",
        "ResumeExchange",
        "/exchange/resume",
        exchange.resume_exchange,
        e.ResumeExchange,
        e.ExchangeDone,
    ),
    _get("GetOverview", "/overview", exchange.get_overview, e.Overview, roles=READERS),
    _get("ListAudit", "/audit", audit.list_audit, e.AuditLog, e.ListAudit, AUDITORS),
    _get(
        "ExportAudit",
        "/audit/export",
        audit.export_audit,
        None,
        e.ListAudit,
        AUDITORS,
        produces="text/csv",
    ),
    _get("VerifyAudit", "/audit/verify", audit.verify_audit, e.AuditReport, roles=AUDITORS),
    _get(
        "GetOrderTrail",
        "/orders/{order_id}/audit",
        audit.get_order_trail,
        e.OrderTrail,
        e.ListTrail,
    ),
)

PRICES = (
    _write(
        "POST", "PublishPrices", "/prices", prices.publish_prices, p.PublishPrices, p.PricesDone
    ),
)

SHARDS = (
    _write(
        "POST", "DeclareShard", "/shards", shards.declare_shard, h.DeclareShard, h.ShardDone, 201
    ),
    _get("ListShards", "/shards", shards.list_shards, h.Shards),
)

OPERATIONS: Final = (
    *MEMBERS,
    *LISTINGS,
    *VERBS,
    *JOBS,
    *EXCHANGE,
    *PRICES,
    *SHARDS,
    *routes_catalog.WORLD,
    *routes_catalog.CALENDAR,
    *routes_events.EVENTS,
    *routes_resolution.RESOLUTION,
    *routes_events.GROUPS,
    *routes_people.PEOPLE,
    *routes_moderation.MODERATION,
    *routes_sponsors.SPONSORS,
    *routes_webhooks.WEBHOOKS,
    *routes_tournaments.TOURNAMENTS,
    *routes_desk.DESK,
)

SECURITY: Final = {
    "key": {"type": "apiKey", "in": "header", "name": "KALSHI-ACCESS-KEY"},
    "timestamp": {"type": "apiKey", "in": "header", "name": "KALSHI-ACCESS-TIMESTAMP"},
    "signature": {"type": "apiKey", "in": "header", "name": "KALSHI-ACCESS-SIGNATURE"},
}

ADMIN: Final = documented(
    Api(
        title="Presage, operator API",
        version="1",
        prefix=PREFIX,
        operations=OPERATIONS,
        errors=ERRORS,
        security=SECURITY,
        strict_bodies=True,
        lenient_words=True,
    )
)
