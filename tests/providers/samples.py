"""Documents as providers send them."""

from __future__ import annotations

import json
from typing import Any

RSS = b"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"
  xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel>
  <title>The Morning Wire</title>
  <link>https://wire.example/</link>
  <item>
    <title>Fed &amp; markets: rate cut in June &lt;b&gt;likely&lt;/b&gt;</title>
    <link>https://wire.example/fed</link>
    <pubDate>Mon, 01 Jun 2026 12:00:00 GMT</pubDate>
    <description><![CDATA[<p>The <a href="https://x.example">Fed</a> may cut.</p>
      <script>alert(1)</script>]]></description>
    <media:title>not the title</media:title>
    <media:content url="https://wire.example/fed.jpg" medium="image"/>
  </item>
  <item>
    <title>Rain in Paris</title>
    <link>https://wire.example/rain</link>
    <pubDate>Sun, 31 May 2026 12:00:00 +0200</pubDate>
    <source url="https://meteo.example">Meteo</source>
    <enclosure url="http://wire.example/rain.png" type="image/png" length="1"/>
  </item>
  <item><title>Leads nowhere</title><link>javascript:alert(1)</link></item>
  <item><link>https://wire.example/untitled</link></item>
</channel></rss>
"""

ATOM = b"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <title>An Atom feed</title>
  <entry>
    <title type="html">June &lt;i&gt;rate&lt;/i&gt; decision</title>
    <link rel="self" href="https://atom.example/self"/>
    <link href="https://atom.example/june"/>
    <updated>2026-06-01T10:00:00Z</updated>
    <summary>Rates and the Fed.</summary>
  </entry>
</feed>
"""

RDF = b"""<?xml version="1.0" encoding="ISO-8859-1"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
  xmlns:dc="http://purl.org/dc/elements/1.1/">
  <channel><title>Old \xe9dition</title></channel>
  <item><title>An old one</title><link>https://old.example/1</link>
    <dc:date>2026-05-01T00:00:00+01:00</dc:date></item>
</rdf:RDF>
"""

BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [
  <!ENTITY a "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa">
  <!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
  <!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
]>
<rss><channel><item><title>&c;</title><link>https://a.example/</link></item></channel></rss>
"""

FILE = b"""<?xml version="1.0"?>
<!DOCTYPE rss [<!ENTITY secret SYSTEM "file:///etc/hostname">]>
<rss><channel><item><title>&secret;</title><link>https://a.example/</link></item></channel></rss>
"""


def completion(text: str, model: str = "small-1") -> bytes:
    """An answer of the chat API."""
    message = {"role": "assistant", "content": text}
    return json.dumps({"model": model, "choices": [{"index": 0, "message": message}]}).encode()


def match(**more: Any) -> dict[str, Any]:
    """One match as the cricket API spells it."""
    return {
        "id": "0b5b4f5e-2f4c-4a3f-9b43-5a1f2f3c4d5e",
        "name": "Northland vs Southport, 2nd Test, The Island Trophy",
        "matchType": "test",
        "status": "Day 2: Southport trail by 40 runs",
        "venue": "The Green, Northland City",
        "date": "2026-06-01",
        "dateTimeGMT": "2026-06-01T09:30:00",
        "teams": ["Northland", "Southport"],
        "teamInfo": [{"name": "Southport", "shortname": "SPT"}],
        "score": [
            {"r": 280, "w": 10, "o": 88.3, "inning": "Northland Inning 1"},
            {"r": 240, "w": 6, "o": 70, "inning": "Southport Inning 1"},
        ],
        "matchStarted": True,
        "matchEnded": False,
    } | more


def matches(*found: dict[str, Any], status: str = "success") -> bytes:
    """An answer of the cricket API."""
    return json.dumps({"apikey": "k", "status": status, "data": found}).encode()
