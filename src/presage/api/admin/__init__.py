"""The operator API: `/api/admin`, for keys of members with the role operator.

Every write is one submission: a row of the audit log, other rows, and at most one command that
names the row. Modules here translate; what an operator may do to a market is decided by the rules.
"""
