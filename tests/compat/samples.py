"""What more than one test sends."""

from __future__ import annotations

from typing import Final

PUBLIC_KEY: Final = """\
-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAzzkOPzap30PZVbkiWYZk
Qt4YBkL3bZWgpkdbiK+dSFkEK72tmY+aOMGMBg8hwPxD0kr6xFA7HTGo2EJm+/1n
UlRm7kd057J336m97ymaQJ2z3FX8iKc7KjFknXgm+s4VqzuKI0ADAXfQvr6sh5zN
t5ushlZyFjBRUD/0Di3H3JzVn0/LQ7o1ghV1ZuocjwaKUoWQyn1A1IVq0JDWjuu5
7IWNtYDaMJJ/AaxjvKfnFRjJwvXjEX7e1T+Ba9uo++c5oni1l6m6CdQM2vJUveM9
p1fB0eiTohyWlU2bWuOOBSrwWiZo102vbV2mhZMfJT3buElmMDl8bLE3E7LKGkey
OQIDAQAB
-----END PUBLIC KEY-----
"""
