"""What a person sees when the exchange has started: where it is, whose keys, how to trade."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from presage.app.settings import Settings

_SNIPPET: Final = """\
  pip install kalshi_python_sync==3.2.0

  from kalshi_python_sync import Configuration, KalshiClient
  config = Configuration(host="{url}/trade-api/v2")
  config.api_key_id = "{key_id}"
  config.private_key_pem = open("{pem}").read()
  print(KalshiClient(config).get_balance())"""


def welcome(settings: Settings) -> str:
    """A few lines for the terminal."""
    members = settings.data / "members"
    env = _read(members / "one.env")
    snippet = _SNIPPET.format(
        url=settings.url,
        key_id=env.get("KALSHI_API_KEY_ID", ""),
        pem=env.get("KALSHI_PRIVATE_KEY_PATH", ""),
    )
    return "\n".join(
        (
            "",
            f"Presage is open at {settings.url}",
            f"  Kalshi trade API   {settings.url}/trade-api/v2",
            f"  two members' keys  {members}/one.env, {members}/two.env ($10,000 each)",
            f"  operator           ./x presage admin --help   (keys: {settings.data}/operator.env)",
            "",
            "Trade with the official Kalshi SDK, unmodified:",
            "",
            snippet,
            "",
            "Stop with Ctrl-C; nothing acknowledged is ever lost.",
            "",
        )
    )


def _read(path: Path) -> dict[str, str]:
    """The NAME=value lines of an env file."""
    lines = path.read_text().splitlines() if path.exists() else []
    return dict(line.split("=", 1) for line in lines if "=" in line)
