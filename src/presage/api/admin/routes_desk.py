"""Lines of the operator table about money in and out, play money and the ledger."""

from __future__ import annotations

from typing import Final

from presage.api.admin import deposits, ledger, play_money, withdrawals
from presage.api.admin.lines import AUDITORS, get, write
from presage.wire.admin import payments as p

DESK: Final = (
    get("ListAllDeposits", "/deposits", deposits.list_all_deposits, p.Deposits, p.ListDeposits),
    write(
        "POST", "ConfirmDeposit", "/deposits/{deposit_id}/confirm", deposits.confirm_deposit,
        p.DecidePayment, p.DepositDone, idempotent=True,
    ),
    write(
        "POST", "FailDeposit", "/deposits/{deposit_id}/fail", deposits.fail_deposit,
        p.DecidePayment, p.DepositDone, idempotent=True,
    ),
    write(
        "POST", "ReverseDeposit", "/deposits/{deposit_id}/reverse", deposits.reverse_deposit,
        p.DecidePayment, p.DepositDone, idempotent=True,
    ),
    get(
        "ListAllWithdrawals", "/withdrawals", withdrawals.list_all_withdrawals, p.Withdrawals,
        p.ListWithdrawals,
    ),
    write(
        "POST", "ApproveWithdrawal", "/withdrawals/{withdrawal_id}/approve",
        withdrawals.approve_withdrawal, p.DecidePayment, p.WithdrawalDone, idempotent=True,
    ),
    write(
        "POST", "RejectWithdrawal", "/withdrawals/{withdrawal_id}/reject",
        withdrawals.reject_withdrawal, p.DecidePayment, p.WithdrawalDone, idempotent=True,
    ),
    write(
        "POST", "MarkWithdrawalPaid", "/withdrawals/{withdrawal_id}/mark-paid",
        withdrawals.mark_withdrawal_paid, p.MarkPaid, p.WithdrawalDone, idempotent=True,
    ),
    write(
        "POST", "MoveUserFunds", "/users/{user_id}/funds", play_money.move_user_funds,
        p.MoveUserFunds, p.FundsDone, idempotent=True,
    ),
    write(
        "POST", "MoveBulkFunds", "/funds/bulk", play_money.move_bulk_funds, p.MoveBulkFunds,
        p.FundsDone, idempotent=True,
    ),
    get("ListFundOrders", "/funds", play_money.list_fund_orders, p.FundOrders, p.ListFunds),
    get("ListLedger", "/ledger", ledger.list_ledger, p.Ledger, p.ListLedger, AUDITORS),
    get("VerifyLedger", "/ledger/check", ledger.verify_ledger, p.LedgerCheck, roles=AUDITORS),
)  # fmt: skip
