"""The operator API's lines about the site's events, categories and series, and the house."""

from __future__ import annotations

from typing import Final

from presage.api.admin import event_changes, events, groups, house, publishing
from presage.api.admin.lines import ADMIN, get, write
from presage.wire.admin import events as w
from presage.wire.admin.common import Done

_RESOLVERS: Final = ("admin", "resolver")
_EVENT: Final = "/events/{id}"

EVENTS: Final = (
    get("ListAllEvents", "/events", events.list_events, w.EventList, w.ListEvents),
    write(
        "POST", "CreateEvent", "/events", events.create_event, w.CreateEvent, w.EventCreated, 201
    ),
    get("ShowEvent", _EVENT, events.get_event, w.EventShown),
    write("PATCH", "ChangeEvent", _EVENT, event_changes.change_event, w.ChangeEvent, w.EventDone),
    write("DELETE", "DeleteEvent", _EVENT, events.delete_event, w.Act, Done),
    write(
        "POST",
        "PublishEvent",
        f"{_EVENT}/publish",
        publishing.publish_event,
        w.Act,
        w.EventDone,
        roles=_RESOLVERS,
    ),
    write(
        "POST",
        "PauseEvent",
        f"{_EVENT}/pause",
        publishing.pause_event,
        w.PauseEvent,
        w.EventDone,
        roles=_RESOLVERS,
    ),
    write(
        "POST",
        "ResumeEvent",
        f"{_EVENT}/resume",
        publishing.resume_event,
        w.Act,
        w.EventDone,
        roles=_RESOLVERS,
    ),
    write(
        "POST",
        "CloseEvent",
        f"{_EVENT}/close",
        publishing.close_event,
        w.Act,
        w.EventDone,
        roles=_RESOLVERS,
    ),
    write(
        "POST",
        "AddOption",
        f"{_EVENT}/options",
        publishing.add_option,
        w.AddOption,
        w.EventDone,
        201,
        roles=ADMIN,
    ),
    write(
        "POST",
        "ClarifyEvent",
        f"{_EVENT}/clarify",
        publishing.clarify_event,
        w.Clarify,
        w.EventDone,
        201,
        roles=_RESOLVERS,
    ),
)

GROUPS: Final = (
    get("ListCategories", "/categories", groups.list_categories, w.Categories),
    write(
        "POST",
        "CreateCategory",
        "/categories",
        groups.create_category,
        w.PutCategory,
        w.CategoryDone,
        201,
    ),
    write(
        "PATCH",
        "ChangeCategory",
        "/categories/{slug}",
        groups.change_category,
        w.ChangeCategory,
        w.CategoryDone,
    ),
    write("DELETE", "DeleteCategory", "/categories/{slug}", groups.delete_category, w.Act, Done),
    get("ListSeries", "/series", groups.list_series, w.SeriesList, w.ListSeries),
    write(
        "PATCH",
        "ChangeSeries",
        "/series/{ticker}",
        groups.change_series,
        w.ChangeSeries,
        w.SeriesDone,
    ),
    write("DELETE", "DeleteSeries", "/series/{ticker}", groups.delete_series, w.Act, Done),
    write(
        "POST",
        "SetHouseLiquidity",
        "/house-liquidity/{optionId}",
        house.set_house_liquidity,
        w.HouseLiquidity,
        w.HouseDone,
    ),
)
