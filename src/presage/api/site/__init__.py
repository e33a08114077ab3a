"""The site API under `/api`: members, their money, their trades and what they say to each other.

Everything a person does on the consumer site, by browser session or Bearer key, on the same books
and balances as Kalshi's API. `routes.py` is the table; `docs/site.md` says how to add to it.
"""
