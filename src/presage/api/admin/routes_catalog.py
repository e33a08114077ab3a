"""The operator API's lines about the world and the calendar: what operators write and read."""

from __future__ import annotations

from typing import Final

from presage.api.admin import calendar, catalog, collections, historical, incentives, weather
from presage.api.admin.lines import get, write
from presage.api.kalshi import collections as told_collections
from presage.api.kalshi import incentives as told_incentives
from presage.api.kalshi import milestones as told
from presage.api.kalshi import search
from presage.wire.admin import calendar as k
from presage.wire.admin import catalog as w
from presage.wire.admin import collections as collections_wire
from presage.wire.admin import historical as h
from presage.wire.admin.common import Done
from presage.wire.kalshi import collections as told_collections_wire
from presage.wire.kalshi import incentives as incentives_wire
from presage.wire.kalshi import milestones as milestones_wire
from presage.wire.kalshi import search as search_wire

_MILESTONE: Final = "/milestones/{milestone_id}"
_TARGET: Final = "/structured_targets/{structured_target_id}"
_PROGRAM: Final = "/incentive_programs/{incentive_program_id}"
_LIVE: Final = "/live_data/milestone/{milestone_id}"
_EVENT_LIVE: Final = "/live_data/events/{ticker}"
_CITY: Final = "/weather/{city}"
_COLLECTION: Final = "/multivariate_event_collections/{collection_ticker}"
_SPORT: Final = "/sports/{sport}"

# The lists are the trading API's own.
WORLD: Final = (
    get(
        "ListMilestones",
        "/milestones",
        told.get_milestones,
        milestones_wire.GetMilestonesResponse,
        milestones_wire.GetMilestonesQuery,
    ),
    write(
        "POST",
        "CreateMilestone",
        "/milestones",
        catalog.put_milestone,
        w.PutMilestone,
        w.PutDone,
        201,
    ),
    write("PUT", "PutMilestone", _MILESTONE, catalog.put_milestone, w.PutMilestone, w.PutDone),
    write("DELETE", "DeleteMilestone", _MILESTONE, catalog.delete_milestone, w.Remove, Done),
    get(
        "ListStructuredTargets",
        "/structured_targets",
        told.get_structured_targets,
        milestones_wire.GetStructuredTargetsResponse,
        milestones_wire.GetStructuredTargetsQuery,
    ),
    write(
        "POST",
        "CreateStructuredTarget",
        "/structured_targets",
        catalog.put_target,
        w.PutTarget,
        w.PutDone,
        201,
    ),
    write("PUT", "PutStructuredTarget", _TARGET, catalog.put_target, w.PutTarget, w.PutDone),
    write("DELETE", "DeleteStructuredTarget", _TARGET, catalog.delete_target, w.Remove, Done),
    write("PUT", "PutLiveData", _LIVE, catalog.put_live_data, w.PutLiveData, w.PutDone),
    write("DELETE", "DeleteLiveData", _LIVE, catalog.delete_live_data, w.Remove, Done),
    write(
        "PUT",
        "PutEventLiveData",
        _EVENT_LIVE,
        catalog.put_event_live_data,
        w.PutEventLiveData,
        w.PutDone,
    ),
    write(
        "DELETE",
        "DeleteEventLiveData",
        _EVENT_LIVE,
        catalog.delete_event_live_data,
        w.Remove,
        Done,
    ),
    write("PUT", "PutWeatherCity", _CITY, weather.put_city, w.PutCity, w.PutDone),
    write("DELETE", "DeleteWeatherCity", _CITY, weather.delete_city, w.Remove, Done),
    write("POST", "AddWeatherPoints", f"{_CITY}/points", weather.add_points, w.AddPoints, Done),
    get(
        "ListSports", "/sports", search.get_filters_by_sport, search_wire.GetFiltersBySportsResponse
    ),
    write("PUT", "PutSport", _SPORT, catalog.put_sport, w.PutSport, w.PutDone),
    write("DELETE", "DeleteSport", _SPORT, catalog.delete_sport, w.Remove, Done),
    get(
        "ListIncentivePrograms",
        "/incentive_programs",
        told_incentives.get_incentive_programs,
        incentives_wire.GetIncentiveProgramsResponse,
        incentives_wire.GetIncentiveProgramsQuery,
    ),
    write(
        "POST",
        "CreateIncentiveProgram",
        "/incentive_programs",
        incentives.put_program,
        w.PutProgram,
        w.PutDone,
        201,
    ),
    write("PUT", "PutIncentiveProgram", _PROGRAM, incentives.put_program, w.PutProgram, w.PutDone),
    write("DELETE", "DeleteIncentiveProgram", _PROGRAM, incentives.delete_program, w.Remove, Done),
    get(
        "ListMultivariateEventCollections",
        "/multivariate_event_collections",
        told_collections.get_multivariate_event_collections,
        told_collections_wire.GetMultivariateEventCollectionsResponse,
        told_collections_wire.GetMultivariateEventCollectionsQuery,
    ),
    write(
        "PUT",
        "PutMultivariateEventCollection",
        _COLLECTION,
        collections.put_collection,
        collections_wire.PutCollection,
        w.PutDone,
    ),
    write(
        "DELETE",
        "DeleteMultivariateEventCollection",
        _COLLECTION,
        collections.delete_collection,
        w.Remove,
        Done,
    ),
)

CALENDAR: Final = (
    get(
        "GetHistoricalCutoff",
        "/historical/cutoff",
        historical.get_historical_cutoff,
        h.HistoricalCutoff,
    ),
    write(
        "PUT",
        "SetHistoricalCutoff",
        "/historical/cutoff",
        historical.set_historical_cutoff,
        h.SetHistoricalCutoff,
        h.HistoricalCutoffDone,
    ),
    get("ListMaintenance", "/maintenance_windows", calendar.list_maintenance, k.Windows),
    write(
        "POST",
        "PlanMaintenance",
        "/maintenance_windows",
        calendar.plan_maintenance,
        k.PlanMaintenance,
        k.WindowDone,
        201,
    ),
    write(
        "DELETE",
        "DropMaintenance",
        "/maintenance_windows/{window_id}",
        calendar.drop_maintenance,
        k.DropMaintenance,
        Done,
    ),
    write("PUT", "SetTradingHours", "/trading_hours", calendar.set_hours, k.SetHours, Done),
    get("ListAnnouncements", "/announcements", calendar.list_announcements, k.Announcements),
    write(
        "POST",
        "Announce",
        "/announcements",
        calendar.announce,
        k.Announce,
        k.AnnouncementDone,
        201,
    ),
    write(
        "PATCH",
        "SetAnnouncement",
        "/announcements/{announcement_id}",
        calendar.set_announcement,
        k.SetAnnouncement,
        k.AnnouncementDone,
    ),
    write(
        "DELETE",
        "DeleteAnnouncement",
        "/announcements/{announcement_id}",
        calendar.delete_announcement,
        k.DropMaintenance,
        Done,
    ),
    write(
        "DELETE",
        "DropFeeChange",
        "/fee_changes/{change_id}",
        calendar.drop_fee_change,
        k.DropMaintenance,
        Done,
    ),
)
