"""No file of the project speaks of the place where it was written."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.sources import ROOT

# Made by tools; hidden folders other than these are skipped as well.
MADE = {"build", "dist", "htmlcov", "site", "__pycache__"}
HIDDEN_BUT_OURS = {".ci", ".github", ".gitignore", ".nav.yml"}

FORBIDDEN = {
    "a path of one machine": re.compile(r"(?<![\w.~}-])/(?:work|root|home|Users)/[\w.]"),
    "a host of a package registry": re.compile(
        r"\b(?:pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|deb\.debian\.org)"
    ),
    "a number in a tracker": re.compile(r"(?i)\b(?:issue|ticket|pull request|milestone|PR) #\d"),
    "a key": re.compile(r"\bsk-[A-Za-z0-9]{32,}"),
    "a folder beside the checkout": re.compile(r"\.\./shared\b"),
}
ALLOWED = {(".ci/run", "a folder beside the checkout")}


def files(folder: Path = ROOT) -> Iterator[Path]:
    """Give every file that belongs to the project."""
    for path in sorted(folder.iterdir()):
        if path.name in MADE or (path.name.startswith(".") and path.name not in HIDDEN_BUT_OURS):
            continue
        if path.is_dir():
            yield from files(path)
        else:
            yield path


def text_of(path: Path) -> str:
    """Read a text file; a binary one has no words."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def test_no_file_names_its_workplace() -> None:
    found = []
    for path in files():
        name = str(path.relative_to(ROOT))
        for number, line in enumerate(text_of(path).splitlines(), start=1):
            found += [
                f"{name}:{number} {what}: {line.strip()[:80]}"
                for what, pattern in FORBIDDEN.items()
                if pattern.search(line) and (name, what) not in ALLOWED
            ]
    assert found == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("see {}work/main/x".format("/"), True),
        ("cd {}root/.cache".format("/"), True),
        ("https://host.example/v1{}work/x".format("/"), False),
        ("as in issue {}12".format("#"), True),
        ("the issue is closed", False),
        ("pip install --index-url https://{}.org/simple".format("pypi"), True),
        ("api_key='sk-test'", False),
    ],
)
def test_the_patterns_find_what_they_should(line: str, *, found: bool) -> None:
    assert any(pattern.search(line) for pattern in FORBIDDEN.values()) is found
