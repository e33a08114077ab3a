"""Lines of the site's table: money in and out."""

from __future__ import annotations

from typing import Final

from presage.api.registry import Conditions
from presage.api.site import deposits, payments, withdrawals
from presage.api.site.lines import line
from presage.wire.site import payments as p

PAYMENTS: Final = (
    line(
        "POST /deposits",
        deposits.create_deposit,
        p.DepositReply,
        body=p.CreateDeposit,
        status=201,
        scope="account",
        conditions=Conditions(feature="deposits", cap="deposits", idempotent=True, verified=True),
    ),
    line("GET /deposits", deposits.list_deposits, p.Deposits, query=p.ListPayments),
    line(
        "POST /withdrawals",
        withdrawals.create_withdrawal,
        p.WithdrawalReply,
        body=p.CreateWithdrawal,
        status=201,
        scope="account",
        conditions=Conditions(feature="withdrawals", idempotent=True, verified=True),
    ),
    line("GET /withdrawals", withdrawals.list_withdrawals, p.Withdrawals, query=p.ListPayments),
    line(
        "DELETE /withdrawals/{id}",
        withdrawals.cancel_withdrawal,
        p.WithdrawalReply,
        scope="account",
    ),
    line(
        "GET /payment-gateways",
        payments.list_payment_gateways,
        p.Gateways,
        query=p.ListGateways,
        auth="public",
    ),
    line(
        "POST /payments/{gateway_id}/callback",
        payments.receive_callback,
        p.Received,
        auth="public",
    ),
)
