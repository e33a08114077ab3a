"""The WebSocket API: sessions of subscriptions, and committed facts as messages to them.

`session.py` and `channels/` do no I/O: text comes in, frames pile up in an outbox. `hub.py` feeds
them with committed entries, `connection.py` and `door.py` are all that touches a socket.
"""
