"""Text of others as Markdown that does no harm, and what a notebook is handed to show.

A notebook renders Markdown with the HTML in it, and fetches the images: from a cell that was run,
JupyterLab takes out nothing. What a model or a host wrote may hold what it was told by a web page,
so nothing of it may run, fetch, or look like a part of what is ours.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from html import escape
from typing import Any

__all__ = ["answer", "bundle", "facts", "fenced", "folded", "inert", "table"]

_ACTIVE = re.compile(r"[&<>|`*~\[\]$\\]|(?<!\w)_|_(?!\w)")
"""What means something in a line of Markdown or HTML; ``_`` does so beside a word alone."""
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
_ODD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x85\u2028\u2029]")
"""Controls, and what some take for the end of a line."""
_ENDS = re.compile(r"\r\n?")
_MARKER = re.compile(r"(?P<lead>(?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t])*)(?P<run>`{3,}|~{3,})(.*)")
_LANGUAGE = re.compile(r"[\w+#.-]{1,32}")
_DRAWN = {"mermaid", "geojson", "topojson", "stl", "math", "svgbob", "vega", "vega-lite"}
"""Languages that notebooks draw instead of showing them: a diagram may have images in it."""
_RISKY = re.compile(r"<[A-Za-z/!?]|!\[|\][(:]|`{3}|~{3}")
_BLANK = re.compile(r"(\n[ \t]*\n)")
_RUN = re.compile(r"`+")
_TAG = re.compile(r"<(?=[A-Za-z/!?])(?!br ?/?>)", re.IGNORECASE)
_DISPLAYED = re.compile(r"(?<![\\$])(\$\$[^$]+(?<!\\)\$\$)(?!\$)|\${2,}")
_BRACKET = re.compile(r"\\\\([\[\](])")
_ENVIRONMENT = re.compile(r"\\(begin|end)\{([^{}\n]*)\}")
_MATH = re.compile(r"\$\$[^$]+\$\$|\$(?!\s)[^$\n]+(?<!\s)\$(?!\d)")
_IMAGE = re.compile(r"!\[")
_LINK = re.compile(r"\](?P<sign>[(:])(?!\s*(?:https?://|mailto:))", re.IGNORECASE)


def inert(text: str) -> str:
    """Return text as one line that stands in Markdown and in HTML as it is, and means nothing."""
    line = _ODD.sub("\ufffd", text.replace("\r\n", " ").replace("\n", " ").replace("\r", " "))
    shown = _ACTIVE.sub(_entity, line)
    # What stands between two dollars would be drawn as mathematics; not if a tag is between them.
    return shown if line.count("$") < 2 else shown.replace("&#36;", "<span>&#36;</span>")


def answer(text: str) -> str:
    """Return what a model wrote as the Markdown it is, without what would run or fetch.

    Tags are shown, ``<br>`` alone is one. Images are shown as what was written: to fetch one would
    tell its host what stands in its address. Links lead to ``https:``, ``http:`` and ``mailto:``.
    Code stands in fences that end where it does.
    """
    lines = _ODD.sub("\ufffd", _ENDS.sub("\n", text)).split("\n")
    return "\n".join(_blocks(lines)).strip("\n")


def fenced(code: str, language: str) -> str:
    """Return code as a block of Markdown, whatever is in it."""
    longest = max((len(run) for run in _RUN.findall(code)), default=0)
    fence = "`" * max(3, longest + 1)
    body = _ODD.sub("\ufffd", _ENDS.sub("\n", code))
    return f"{fence}{language}\n{body}\n{fence}"


def folded(title: str, text: str) -> str:
    """Return text below a title on which one clicks to see it, its lines as they are."""
    lines = "<br>".join(inert(line) for line in _ENDS.sub("\n", text).split("\n"))
    return (
        f"<details><summary>{inert(title)}</summary>"
        f"<div style='white-space:pre-wrap'>{lines}</div></details>"
    )


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], words: Collection[str]) -> str:
    """Return a table; the columns named in ``words`` begin at the left."""
    marks = "|".join("---" if head in words else "--:" for head in heads)
    lines = [" | ".join(map(inert, row)) for row in (heads, *rows)]
    first, *others = (f"| {line} |" for line in lines)
    return "\n".join([first, f"|{marks}|", *others])


def facts(said: Iterable[str]) -> str:
    """Return the line below a value that tells of it in short."""
    return f"<sub>{inert(' · '.join(said))}</sub>"


def bundle(
    value: Any, include: Collection[str] | None = None, exclude: Collection[str] | None = None
) -> dict[str, str]:
    """Return how a value looks, by media type: what IPython asks ``_repr_mimebundle_`` for."""
    looks: dict[str, Callable[[], str] | None] = {
        "text/plain": getattr(value, "_repr_plain_", value.__repr__),
        "text/markdown": getattr(value, "_repr_markdown_", None),
        "text/html": getattr(value, "_repr_html_", None),
    }
    return {
        kind: look()
        for kind, look in looks.items()
        if look and (not include or kind in include) and kind not in (exclude or ())
    }


def _entity(found: re.Match[str]) -> str:
    return escape(sign) if (sign := found[0]) in "&<>" else f"&#{ord(sign)};"


def _blocks(lines: Sequence[str]) -> Iterator[str]:
    """Give prose and code, block by block."""
    prose: list[str] = []
    at = 0
    while at < len(lines):
        opened = _opened(lines[at])
        at += 1
        if opened is None:
            prose.append(lines[at - 1])
            continue
        yield _prose(prose)
        prose = []
        begin = at
        while at < len(lines) and not _closes(lines[at], opened["run"]):
            at += 1
        yield _code(opened, lines[begin:at])
        at += 1
    yield _prose(prose)


def _opened(line: str) -> re.Match[str] | None:
    """Return the fence that a line begins, if it does."""
    if "```" not in line and "~~~" not in line:
        return None
    found = _MARKER.fullmatch(line)
    # Behind backticks no others may stand: that would be code within a line.
    return None if found is None or (found["run"][0] == "`" and "`" in found[3]) else found


def _closes(line: str, run: str) -> bool:
    end = line.strip(" \t>")
    return end.startswith(run) and not end.strip(run[0])


def _code(opened: re.Match[str], lines: Sequence[str]) -> str:
    """Return a block of code where it stood; or, where it might be taken for more, at the edge.

    In a list a renderer may see no fence where one is seen here, or miss its end: then its code is
    prose, and prose behind it is code. So what would do harm as prose goes out of every list, and
    between tildes, which end no fence of backticks and are used for nothing else.
    """
    lead = opened["lead"]
    word = opened[3].split()[:1]
    known = word and _LANGUAGE.fullmatch(word[0]) and word[0].lower() not in _DRAWN
    language = word[0] if known else ""
    body = "\n".join(lines)
    stays = not lead.strip() and all(not line.strip() or line.startswith(lead) for line in lines)
    if stays and not _RISKY.search(body):
        return f"{lead}```{language}\n{body}\n{lead}```"
    width = len(lead.expandtabs(4))
    longest = max((len(run) for run in re.findall(r"~+", body)), default=0)
    fence = "~" * max(3, longest + 1)
    inner = "\n".join(_without(line, lead, width) for line in lines)
    return f"\n{fence}{language}\n{inner}\n{fence}\n"


def _without(line: str, lead: str, width: int) -> str:
    """Return a line of code without what stood before its fence too."""
    if ">" in lead:
        return re.sub(r"^(?:[ \t]*>[ ]?)+", "", line)
    if line.startswith(lead):
        return line[len(lead) :]
    return line[min(width, len(line) - len(line.lstrip(" \t"))) :]


def _prose(lines: Sequence[str]) -> str:
    # Code within a line may go on in the next one, and ends with the paragraph.
    return "".join(map(_paragraph, _BLANK.split("\n".join(lines))))


def _paragraph(text: str) -> str:
    """Return a paragraph with its code as HTML, in which nothing is left to be read."""
    runs = list(_RUN.finditer(text))
    later: defaultdict[int, list[int]] = defaultdict(list)
    for place in range(len(runs) - 1, -1, -1):
        later[len(runs[place][0])].append(place)
    parts: list[str] = []
    done = place = 0
    while place < len(runs):
        run = runs[place]
        same = later[len(run[0])]
        while same and same[-1] <= place:
            same.pop()
        before = text[done : run.start()]
        if (len(before) - len(before.rstrip("\\"))) % 2:
            parts += [_words(before[:-1]), "&#96;" * len(run[0])]
            done = run.end()
        elif same:
            end = runs[same[-1]]
            code = " ".join(text[run.end() : end.start()].split("\n"))
            parts += [_words(before), f"<code>{_PUNCTUATION.sub(_entity_of_any, code)}</code>"]
            done, place = end.end(), same[-1]
        else:
            parts += [_words(before), "&#96;" * len(run[0])]
            done = run.end()
        place += 1
    return "".join([*parts, _words(text[done:])])


def _entity_of_any(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};"


def _mathematics(text: str) -> str:
    """Return prose whose formulas end in it: else one would go on, into the code that follows."""
    text = _DISPLAYED.sub(lambda found: found[1] or "&#36;" * len(found[0]), text)
    open_: list[str] = []
    for found in _ENVIRONMENT.finditer(text):
        if found[1] == "begin":
            open_.append(found[2])
        elif not open_ or open_.pop() != found[2]:
            open_ = [""]
            break
    if open_ or text.count("\\begin") != len(_ENVIRONMENT.findall(text)) / 2:
        text = text.replace("\\begin", "&#92;begin")
    brackets = "".join(_BRACKET.findall(text))
    if brackets.replace("[]", "").replace("(", ""):
        text = _BRACKET.sub(r"\\\\ \1", text)
    return text


def _words(text: str) -> str:
    """Return prose without code in it."""
    text = _mathematics(text) if "$$" in text or "\\" in text else text
    if "<" in text:
        text = _MATH.sub(lambda found: _TAG.sub(r"\\lt ", found[0]), text)
        text = _TAG.sub("&lt;", text)
    return _LINK.sub(r"]\\\g<sign>", _IMAGE.sub(r"!\\[", text))
