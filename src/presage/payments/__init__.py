"""Ways for money to come in and go out: what a payment gateway is, and those that there are.

A gateway talks to somebody outside; it moves no money here and decides nothing about a member.
"""
