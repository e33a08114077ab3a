"""Rows that are the truth about the site: settings, invitations, what people write and collect.

Members are meant by number; who they are is `identity`'s business. Never in the journal.
"""
