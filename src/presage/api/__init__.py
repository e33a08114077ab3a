"""The public doors: one table of operations, one dispatcher, one strict reading of every request.

Packages below this one hold one public API each. Nothing here decides about money or markets.
"""
