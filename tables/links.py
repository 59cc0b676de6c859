"""Sources of facts as links."""

from __future__ import annotations

import re

_LINKS = re.compile(
    r"(?P<url>https?://[^\s;,()]*[^\s;,().])|(?P<repo>[\w.-]+/[\w.-]+)#(?P<number>\d+)"
)


def linked(source: str) -> str:
    """Return a source with its pages and issues as links."""

    def link(found: re.Match[str]) -> str:
        if found["url"]:
            return f"<{found['url']}>"
        return f"[{found[0]}](https://github.com/{found['repo']}/issues/{found['number']})"

    return _LINKS.sub(link, source)
