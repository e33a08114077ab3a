"""Who works behind the doors, as far as an operator's settings have a say in it."""

from __future__ import annotations

import pytest

from presage.app.settings import BadSetting
from presage.app.workers import mail_server


@pytest.mark.parametrize("url", ["mail.example:25", "http://mail.example", "smtp://"])
def test_an_address_that_is_no_mail_server_is_named(url: str) -> None:
    with pytest.raises(BadSetting, match="--smtp"):
        mail_server(url)
