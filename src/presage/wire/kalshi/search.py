"""Shapes of what a search can be narrowed by."""

from __future__ import annotations

import msgspec


class GetTagsForSeriesCategoriesResponse(msgspec.Struct, frozen=True):
    tags_by_categories: dict[str, list[str]]


class ScopeList(msgspec.Struct, frozen=True):
    scopes: list[str]


class SportFilterDetails(msgspec.Struct, frozen=True):
    scopes: tuple[str, ...]
    competitions: dict[str, ScopeList]


class GetFiltersBySportsResponse(msgspec.Struct, frozen=True):
    filters_by_sports: dict[str, SportFilterDetails]
    sport_ordering: list[str]
