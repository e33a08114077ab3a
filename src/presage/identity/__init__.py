"""Rows that are the truth about people: members and their credentials. Never in the journal."""
