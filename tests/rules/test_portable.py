"""A clone works anywhere: no file names a folder of one machine, or where packages come from."""

from __future__ import annotations

import re

import pytest

from tests.rules.house import kept_files, place

MACHINE_FOLDER = re.compile(r"(?<![\w.~}/-])/(?:root|work|Users/\w+|home/(?!USER\b)\w+)/")
PACKAGE_INDEX = re.compile(
    r"files\.pythonhosted\.org|(?:test\.)?pypi\.(?:org|python\.org)|registry\.(?:npmjs|yarnpkg)\."
    r"|--(?:extra-)?index-url|--find-links|--trusted-host",
)
LARGEST_TEXT = 1_000_000
THIS_FILE = __name__.rpartition(".")[2] + ".py"


def foreign(text: str) -> list[str]:
    """What ties `text` to one machine or one package index."""
    return [match[0] for rule in (MACHINE_FOLDER, PACKAGE_INDEX) for match in rule.finditer(text)]


def test_no_file_is_tied_to_one_machine() -> None:
    findings = []
    for path in kept_files():
        if path.name == THIS_FILE or path.stat().st_size > LARGEST_TEXT:
            continue
        content = path.read_bytes()
        if b"\0" not in content:
            findings += [f"{place(path)}: {what}" for what in foreign(content.decode("utf-8"))]
    assert findings == []


@pytest.mark.parametrize(
    "text",
    ["open('/root/x')", "/home/ann/presage", "see https://pypi.org/project/x", "--index-url x"],
)
def test_the_rule_sees(text: str) -> None:
    assert foreign(text)


@pytest.mark.parametrize("text", ["/var/lib/presage", "docs/work/x", "~/root/x", "GET /api/home/"])
def test_the_rule_allows(text: str) -> None:
    assert foreign(text) == []
