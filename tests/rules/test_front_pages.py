"""The pages that a newcomer opens first keep their form: README.md and CHANGELOG.md."""

from __future__ import annotations

import re

import pytest

from tests.rules.house import ROOT

FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
RELEASE = re.compile(r"\[(?:Unreleased|\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}$)")
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def first_commands(page: str, count: int) -> list[str]:
    """The first `count` commands in the page's code blocks; getting the sources is not counted."""
    lines = [line for block in FENCE.findall(page) for line in block.splitlines()]
    commands = [line.split("#")[0].removeprefix("$ ").strip() for line in lines]
    return [c for c in commands if c and not c.startswith(("git clone ", "cd "))][:count]


def changelog_faults(page: str) -> list[str]:
    """Departures from the form of keepachangelog.com, in the words of whoever must mend them."""
    faults = [] if page.startswith("# Changelog\n") else ["the title is not `# Changelog`"]
    releases = re.findall(r"^## (.*)$", page, re.MULTILINE)
    if releases[:1] != ["[Unreleased]"]:
        faults.append("the first section is not `## [Unreleased]`")
    faults += [f"not a release: {release}" for release in releases if not RELEASE.match(release)]
    kinds = re.findall(r"^### (.*)$", page, re.MULTILINE)
    faults += [f"not a kind of change: {kind}" for kind in kinds if kind not in KINDS]
    loose = re.search(r"^## .*\n(?:(?!### ).*\n)*?- ", page, re.MULTILINE)
    return [*faults, "a change stands under no kind"] if loose else faults


def test_two_commands_set_everything_up() -> None:
    readme = ROOT / "README.md"
    if not readme.exists():
        pytest.skip("README.md is not written yet")
    assert first_commands(readme.read_text("utf-8"), 2) == ["./x serve", "./x test"]


def test_the_changelog_keeps_its_form() -> None:
    assert changelog_faults((ROOT / "CHANGELOG.md").read_text("utf-8")) == []


def test_the_rule_reads_commands() -> None:
    page = "```sh\ngit clone URL\n$ ./x serve  # go\n```\ntext ./x no\n```\n./x test\nmore\n```\n"
    assert first_commands(page, 2) == ["./x serve", "./x test"]


@pytest.mark.parametrize(
    "page",
    [
        "# Changes\n## [Unreleased]\n",
        "# Changelog\n## [1.0.0] - 2026-01-01\n",
        "# Changelog\n## [Unreleased]\n## [1.0] - soon\n",
        "# Changelog\n## [Unreleased]\n### News\n- x\n",
        "# Changelog\n## [Unreleased]\n- x\n",
    ],
)
def test_the_rule_sees(page: str) -> None:
    assert changelog_faults(page)
