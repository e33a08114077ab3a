"""What the channels about a member's own affairs share: told to that member alone, not numbered.

A key that is locked to one subaccount hears only of that one.
"""

from __future__ import annotations

from collections.abc import Iterable

from presage.api.stream.channels.channel import MarketChannel
from presage.api.stream.frames import Message, post
from presage.api.stream.subscriptions import MarketSubscription, Members, Subscription
from presage.api.stream.views import Views
from presage.domain.ids import AccountId, member_of


class OwnChannel(MarketChannel):
    """A market channel whose readers are found by member."""

    private = True
    sequenced = False

    def __init__(self, views: Views) -> None:
        super().__init__(views)
        self.readers = Members()

    def start(self, subscription: MarketSubscription, tickers: Iterable[str], shown: bool) -> None:
        self.readers.add(subscription)

    def start_all(self, subscription: MarketSubscription) -> None:
        self.readers.add(subscription)

    def stop(self, subscription: MarketSubscription) -> None:
        self.readers.leave(subscription)

    def hears(self, account: AccountId) -> bool:
        """Whether anybody is to be told about this account."""
        return member_of(account) in self.readers

    def tell(self, account: AccountId, ticker: str, message: Message) -> None:
        """To whoever may see the account and asked for the market."""
        readers: list[Subscription] = [
            one
            for one in self.readers.of(account, member_of(account))
            if isinstance(one, MarketSubscription) and one.wants(ticker)
        ]
        if readers:
            post(readers, [message])

    def user_id(self, account: AccountId) -> str:
        """The public id of the member who is told; there is at least one reader."""
        member = member_of(account)
        for one in self.readers.of(account, member):
            return one.session.caller.user_id
        return ""
