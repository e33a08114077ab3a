"""Generated pages are as their generator would write them now."""

from __future__ import annotations

import pytest

from tests.rules.house import ROOT
from tools import gen


@pytest.mark.parametrize("name", gen.APIS)
def test_a_page_is_fresh(name: str) -> None:
    kept = (ROOT / "docs" / "api" / name).read_text("utf-8")
    assert kept == gen.page(gen.APIS[name]), "./x gen writes it anew"
