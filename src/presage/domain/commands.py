"""Every wish that can reach the engine, one struct each.

Commands are stored in the journal: fields are only ever appended, with a default. They carry ids,
numbers and words from closed lists, never what a person wrote. `at` and `seq` are not in here: the
writer stamps them on the entry. `seen` is filled by the writer with the seq at which the command's
once-key was used before (0: never). `audit` is the row of the audit log that says which operator
wanted it and why (0: no operator's act).
"""

from __future__ import annotations

from presage.domain.bases import CommandBase
from presage.domain.bounds import Bounds
from presage.domain.combo_commands import CreateCombo
from presage.domain.cutoffs import SetCutoffs
from presage.domain.desk_commands import (
    AcceptBlockTrade,
    AcceptQuote,
    ConfirmQuote,
    CreateQuote,
    CreateRfq,
    DeleteQuote,
    DeleteRfq,
    ProposeBlockTrade,
)
from presage.domain.hours import SetHours
from presage.domain.ids import (
    AccountId,
    EventId,
    Id,
    MarketId,
    MemberId,
    SeriesId,
    member_of,
)
from presage.domain.member_commands import (
    LockAccount,
    SetDailyCap,
    TransferPosition,
    UnlockAccount,
)
from presage.domain.orders import GTC, TAKER_AT_CROSS, Side
from presage.domain.plan_commands import DropFees, DropPause, PlanFees, PlanPause
from presage.domain.resolution_commands import (
    CorrectOutcomes,
    DisputeMarkets,
    ResolveMarkets,
    SettleMarkets,
)
from presage.domain.shard_commands import DeclareShard
from presage.domain.site_commands import ClosePosition
from presage.units import Count, Micros, Money, Price


class Genesis(CommandBase, frozen=True):
    """The first entry: names the exchange. `id_key` enciphers the ids that the doors print."""

    exchange: bytes
    id_key: bytes


class Tick(CommandBase, frozen=True):
    """Time has passed: run due timers and a bounded amount of pending work."""


# Members and money


class OpenMember(CommandBase, frozen=True):
    """A member and its primary account. `grid` is the cash grid in micro-dollars; `fcm` is whose
    subtrader it is."""

    member: MemberId
    kind: str = "direct"
    grid: Money = 100
    audit: int = 0
    fcm: MemberId = 0


class OpenAccount(CommandBase, frozen=True):
    """The next numbered subaccount of a member on a shard, and the primary one where there is none
    yet."""

    member: MemberId
    shard: int = 0


class SetMemberStatus(CommandBase, frozen=True):
    """active, suspended or closed; the last two cancel all resting orders. `if_flat`: refused while
    an account of the member holds contracts."""

    member: MemberId
    status: str
    audit: int = 0
    if_flat: bool = False


class SetNetting(CommandBase, frozen=True):
    """Collateral return in mutually exclusive events, on or off; `everywhere`: for the subaccount
    of that number on every shard."""

    account: AccountId
    enabled: bool
    everywhere: bool = False


class Move(CommandBase, frozen=True):
    """All money outside trading. `lines` sum to zero; `cause` is used once for ever.

    `kind` is one word for the statement: deposit, withdrawal, transfer, grant, ...
    """

    lines: tuple[tuple[str, Money], ...]
    cause: str
    kind: str
    seen: int = 0
    audit: int = 0


# What can be traded


class CreateSeries(CommandBase, frozen=True):
    """`multiplier` in 1/10 000. `shard`: where its events are unless they say otherwise."""

    ticker: str
    fee_type: str = "quadratic"
    multiplier: int = 10_000
    shard: int = 0
    audit: int = 0


class SetSeriesFees(CommandBase, frozen=True):
    """From now on; orders keep the terms they were placed under."""

    series: SeriesId
    fee_type: str
    multiplier: int
    audit: int = 0


class CreateEvent(CommandBase, frozen=True):
    """`netting` is MECNET or empty; MECNET needs `exclusive`. `shard` -1: the series' own."""

    series: SeriesId
    ticker: str
    exclusive: bool = False
    netting: str = ""
    audit: int = 0
    shard: int = -1


class SetEventFees(CommandBase, frozen=True):
    """An override of the series' fees; an empty `fee_type` clears it."""

    event: EventId
    fee_type: str = ""
    multiplier: int = 10_000
    audit: int = 0


class CreateMarket(CommandBase, frozen=True):
    """Times in microseconds; `structure` names the price grid; `timer` is the settlement timer;
    quotes in `volatile` markets have the short windows."""

    event: EventId
    ticker: str
    open_at: Micros
    close_at: Micros
    structure: str = "linear_cent"
    timer: Micros = 0
    can_close_early: bool = True
    fee_waiver_until: Micros = 0
    provisional: bool = False
    audit: int = 0
    volatile: bool = False


class SetMarketTimes(CommandBase, frozen=True):
    """Move the opening or closing time; 0 leaves it."""

    market: MarketId
    open_at: Micros = 0
    close_at: Micros = 0
    audit: int = 0


class SetPriceStructure(CommandBase, frozen=True):
    """Move a market to another grid; resting orders stay."""

    market: MarketId
    structure: str
    audit: int = 0


class OpenMarket(CommandBase, frozen=True):
    """Open now what would open later."""

    market: MarketId
    audit: int = 0


class PauseMarket(CommandBase, frozen=True):
    """Stop trading in one market; `cancel_orders` cancels at once, else on resume."""

    market: MarketId
    cancel_orders: bool = False
    audit: int = 0


class ResumeMarket(CommandBase, frozen=True):
    """Go on after a pause; all resting orders of the market are cancelled."""

    market: MarketId
    audit: int = 0


class CloseMarket(CommandBase, frozen=True):
    """Close now; needs `can_close_early`."""

    market: MarketId
    audit: int = 0


class DetermineMarket(CommandBase, frozen=True):
    """The outcome is known: YES is worth `value`. Starts the settlement timer."""

    market: MarketId
    value: Price
    audit: int = 0


class DisputeMarket(CommandBase, frozen=True):
    """Stop the settlement timer."""

    market: MarketId
    audit: int = 0


class AmendMarket(CommandBase, frozen=True):
    """Another outcome than the one determined; the timer starts anew."""

    market: MarketId
    value: Price
    audit: int = 0


class SettleMarket(CommandBase, frozen=True):
    """Pay now instead of at the timer's end."""

    market: MarketId
    audit: int = 0


class VoidMarket(CommandBase, frozen=True):
    """Give everybody back what trading in the market took, fees included."""

    market: MarketId
    audit: int = 0


class SetPause(CommandBase, frozen=True):
    """The exchange's two switches: is anything taken at all, may orders trade."""

    exchange: bool
    trading: bool
    audit: int = 0


# Orders


class PlaceOrder(CommandBase, frozen=True):
    """A limit order in YES terms. `max_cost` (0: none) bounds cost and fees of an immediate buy or
    sell in micro-dollars; `action` and `outcome` are how the trader said it (`buy`/`sell`,
    `yes`/`no`); `source` is the door or worker it comes from (empty: Kalshi's API)."""

    account: AccountId
    market: MarketId
    side: Side
    price: Price
    count: Count
    tif: str = GTC
    client_order_id: str = ""
    expires_at: Micros = 0
    post_only: bool = False
    reduce_only: bool = False
    stp: str = TAKER_AT_CROSS
    cancel_on_pause: bool = False
    group: Id = 0
    max_cost: Money = 0
    action: str = "buy"
    outcome: str = "yes"
    seen: int = 0
    source: str = ""
    bounds: Bounds | None = None


class CancelOrder(CommandBase, frozen=True):
    """`member` must own the order; `account` (0: any of the member's) and `shard` (-1: any) narrow
    it."""

    member: MemberId
    order: Id
    account: AccountId = 0
    shard: int = -1


class AmendOrder(CommandBase, frozen=True):
    """`count` is filled so far plus wanted resting. `market`, `side` and `client_order_id` must
    agree with the order where given (-1, empty: not given)."""

    member: MemberId
    order: Id
    price: Price
    count: Count
    market: MarketId = 0
    side: Side = -1
    client_order_id: str = ""
    new_client_order_id: str = ""
    account: AccountId = 0
    seen: int = 0


class DecreaseOrder(CommandBase, frozen=True):
    """Give back `by` contracts, or all but `to` (-1: not given); exactly one of them."""

    member: MemberId
    order: Id
    by: Count = -1
    to: Count = -1
    account: AccountId = 0
    shard: int = -1


class CancelAll(CommandBase, frozen=True):
    """Every resting order of a member, or of one of its accounts, or of one market (0: all)."""

    member: MemberId
    account: AccountId = 0
    market: MarketId = 0


class CreateGroup(CommandBase, frozen=True):
    """`limit` contracts may match in any 15 s."""

    account: AccountId
    limit: Count


class SetGroupLimit(CommandBase, frozen=True):
    """`account` (0: any) and `shard` (-1: any) say where the group must be, here and below."""

    member: MemberId
    group: Id
    limit: Count
    account: AccountId = 0
    shard: int = -1


class TriggerGroup(CommandBase, frozen=True):
    member: MemberId
    group: Id
    account: AccountId = 0
    shard: int = -1


class ResetGroup(CommandBase, frozen=True):
    member: MemberId
    group: Id
    account: AccountId = 0
    shard: int = -1


class DeleteGroup(CommandBase, frozen=True):
    member: MemberId
    group: Id
    account: AccountId = 0
    shard: int = -1


Command = (
    Genesis
    | Tick
    | OpenMember
    | OpenAccount
    | SetMemberStatus
    | SetNetting
    | Move
    | CreateSeries
    | SetSeriesFees
    | CreateEvent
    | SetEventFees
    | CreateMarket
    | SetMarketTimes
    | SetPriceStructure
    | OpenMarket
    | PauseMarket
    | ResumeMarket
    | CloseMarket
    | DetermineMarket
    | DisputeMarket
    | AmendMarket
    | SettleMarket
    | VoidMarket
    | SetPause
    | PlaceOrder
    | CancelOrder
    | AmendOrder
    | DecreaseOrder
    | CancelAll
    | CreateGroup
    | SetGroupLimit
    | TriggerGroup
    | ResetGroup
    | DeleteGroup
    | CreateRfq
    | DeleteRfq
    | CreateQuote
    | DeleteQuote
    | AcceptQuote
    | ConfirmQuote
    | ProposeBlockTrade
    | AcceptBlockTrade
    | PlanFees
    | DropFees
    | PlanPause
    | DropPause
    | DeclareShard
    | SetDailyCap
    | LockAccount
    | UnlockAccount
    | TransferPosition
    | CreateCombo
    | SetCutoffs
    | SetHours
    | ClosePosition
    | ResolveMarkets
    | DisputeMarkets
    | SettleMarkets
    | CorrectOutcomes
)


def once_key(command: Command) -> tuple[str, str] | None:
    """(scope, key) that the command uses up for ever, or None.

    Client order ids belong to a member: all subaccounts, both APIs.
    """
    if isinstance(command, PlaceOrder):
        if command.client_order_id:
            return f"order:{member_of(command.account)}", command.client_order_id
    elif isinstance(command, AmendOrder):
        if command.new_client_order_id:
            return f"order:{command.member}", command.new_client_order_id
    elif isinstance(command, Move):
        return "move", command.cause
    elif isinstance(command, TransferPosition):
        return f"position:{member_of(command.source)}", command.transfer
    elif isinstance(command, AcceptQuote | ConfirmQuote) and command.client_order_id:
        return f"order:{command.member}", command.client_order_id
    return None
