"""Live cricket: what a provider of matches is, and the one that reads cricketdata.org's API.

A match that is reported here resolves nothing; it is shown beside the events that it is about.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, Literal, Protocol

import msgspec

from presage.providers.plain import plain
from presage.providers.web import Unavailable, Web
from presage.units import SECOND, Micros

Format = Literal["TEST", "ODI", "T20", "OTHER"]
Status = Literal["UPCOMING", "LIVE", "BREAK", "FINISHED", "ABANDONED"]

ADDRESS: Final = "https://api.cricapi.com/v1"
MAX_MATCHES: Final = 50
_NAME: Final = 100
_LINE: Final = 300
_MAX_RUNS: Final = 5_000
_FORMATS: Final[dict[str, Format]] = {"test": "TEST", "odi": "ODI", "t20": "T20"}
_OFF: Final = ("abandon", "no result", "cancel", "called off")
_RESTING: Final = ("break", "lunch", "tea", "stumps", "drinks", "rain", "delay", "bad light")


class Team(msgspec.Struct, frozen=True):
    """Its newest innings; None: it has not batted."""

    name: str
    short: str
    score: int | None = None
    wickets: int | None = None
    overs: int | float | None = None


class Match(msgspec.Struct, frozen=True):
    """`start_at` 0: it is not known."""

    id: str
    name: str
    series: str
    format: Format
    venue: str
    start_at: Micros
    status: Status
    status_text: str
    teams: tuple[Team, ...]
    result: str = ""


class LiveSports(Protocol):
    """Knows what is being played."""

    @property
    def name(self) -> str: ...

    async def live(self) -> list[Match]:
        """Matches of these days. Raises: Unavailable."""
        ...


class _Innings(msgspec.Struct):
    r: int = 0
    w: int = 0
    o: int | float = 0
    inning: str = ""


class _TeamInfo(msgspec.Struct):
    name: str = ""
    shortname: str = ""


class _Match(msgspec.Struct, rename="camel"):
    id: str
    name: str = ""
    match_type: str | None = None
    status: str = ""
    venue: str | None = None
    date_time_gmt: str | None = msgspec.field(default=None, name="dateTimeGMT")
    teams: list[str] = []
    team_info: list[_TeamInfo] = []
    score: list[_Innings] = []
    match_started: bool = False
    match_ended: bool = False


class _Reply(msgspec.Struct):
    status: str
    data: list[msgspec.Raw] = []


class CricketData:
    """cricketdata.org, also known as cricapi.com."""

    def __init__(self, web: Web, key: str, address: str = ADDRESS) -> None:
        self._web = web
        self._key = key
        self._address = address.rstrip("/") + "/currentMatches"

    @property
    def name(self) -> str:
        return "cricketdata.org"

    async def live(self) -> list[Match]:
        """Matches of these days. Raises: Unavailable."""
        asked = {"apikey": self._key, "offset": "0"}
        # The key is in the address, so it goes nowhere else.
        answer = await self._web.get(self._address, asked, redirects=False)
        return read_matches(answer)


def read_matches(answer: bytes) -> list[Match]:
    """The matches of an answer; one that cannot be read is left out. Raises: Unavailable."""
    try:
        reply = msgspec.json.decode(answer, type=_Reply)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Unavailable("not a list of matches") from None
    if reply.status != "success":
        raise Unavailable("it says that it failed")
    found = []
    for raw in reply.data[:MAX_MATCHES]:
        try:
            found.append(_match(msgspec.json.decode(raw, type=_Match)))
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
    return found


def _match(sent: _Match) -> Match:
    name, text = plain(sent.name, _LINE), plain(sent.status, _LINE)
    status = _status(sent, text.lower())
    return Match(
        id=plain(sent.id, _NAME),
        name=name,
        # "India vs Australia, 1st Test, Border-Gavaskar Trophy": the last part, if there are more
        series=name.rpartition(", ")[2] if ", " in name else "",
        format=_FORMATS.get((sent.match_type or "").lower(), "OTHER"),
        venue=plain(sent.venue or "", _LINE),
        start_at=_moment(sent.date_time_gmt or ""),
        status=status,
        status_text=text,
        teams=tuple(_team(sent, name) for name in sent.teams[:2]),
        result=text if status == "FINISHED" else "",
    )


def _status(sent: _Match, text: str) -> Status:
    if any(word in text for word in _OFF):
        return "ABANDONED"
    if sent.match_ended:
        return "FINISHED"
    if not sent.match_started:
        return "UPCOMING"
    return "BREAK" if any(word in text for word in _RESTING) else "LIVE"


def _team(sent: _Match, name: str) -> Team:
    short = next((one.shortname for one in sent.team_info if one.name == name), "")
    batted = [one for one in sent.score if one.inning.lower().startswith(name.lower())]
    shown = plain(name, _NAME), plain(short, 10)
    if not name or not batted:
        return Team(*shown)
    last = batted[-1]
    overs = int(last.o) if last.o == int(last.o) else round(last.o, 1)
    runs, wickets = (min(max(0, one), _MAX_RUNS) for one in (last.r, last.w))
    return Team(*shown, runs, min(wickets, 10), min(max(0, overs), _MAX_RUNS))


def _moment(text: str) -> Micros:
    """A moment in GMT, which it does not say; 0 when it is none."""
    try:
        found = datetime.fromisoformat(text)
        return max(0, int(found.replace(tzinfo=found.tzinfo or UTC).timestamp()) * SECOND)
    except (ValueError, OverflowError):
        return 0
