"""What is on disk: one SQLite file with journal, rows and snapshots, and the watermark beside it.

Knows bytes, tables and files; never what a command means (that is the engine's) nor which rows
follow from a fact (that is a projection's).
"""
