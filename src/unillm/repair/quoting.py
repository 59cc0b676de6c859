"""Where in a Markdown text something is code or a quotation, while the text still comes."""

from __future__ import annotations

import re

_TOKEN = re.compile('\n|`+|~+|["“”„«»「」]|[^\n`~"“”„«»「」]+')
_HEAD = re.compile(r"[ \t>*+\-\d.)]*")
_MARGIN = re.compile(r"[ \t>]*")
_CLOSING = {"“": "”", "„": "“", "«": "»", "「": "」"}


class Quoting:
    """Follow fences, inline code, quotations and quoted lines.

    Doubt is resolved towards quoting: a backtick without its pair holds until the paragraph
    ends, a straight quote until the line does, a fence until the end of the text.
    """

    __slots__ = (
        "_blank",
        "_closed",
        "_fence",
        "_fresh",
        "_head",
        "_last",
        "_line",
        "_margin",
        "_mark",
        "_run",
        "_size",
        "_straight",
        "_ticks",
        "_width",
    )

    def __init__(self) -> None:
        """Start at the beginning of a line."""
        self._fence = ""  # of what the fence that is open is made
        self._width = 0  # of how many
        self._fresh = False  # it was opened on this line
        self._closed = False  # this line closes it, if nothing else comes on it
        self._ticks = 0  # as many backticks opened inline code
        self._run = ""  # a backtick or a tilde, of which more may come
        self._size = 0  # how many came
        self._straight = False  # a straight quote is open
        self._mark = ""  # what closes the quotation mark that is open
        self._last = "\n\n"
        self._begin_line()

    def _begin_line(self) -> None:
        self._blank = True  # white space at most
        self._head = True  # what may stand before a fence at most
        self._margin = True  # what may stand before its end at most
        self._line = False  # it is a quoted line
        self._fresh = self._closed = False

    def feed(self, text: str) -> None:
        """Read on."""
        for found in _TOKEN.finditer(text):
            token = found.group()
            if token[0] in "`~":
                if self._run != token[0]:
                    self._end_run()
                self._run, self._size = token[0], self._size + len(token)
                continue
            self._end_run()
            if token == "\n":
                self._end_line()
            else:
                self._take(token)
            self._last = (self._last + token[-2:])[-2:]

    def skip(self) -> None:
        """Pass over something that is not Markdown."""
        self._end_run()
        self._blank = self._head = self._margin = self._closed = False
        self._last = ".."

    @property
    def in_fence(self) -> bool:
        """Tell whether what comes next is inside a fence."""
        self._end_run()
        return bool(self._fence)

    @property
    def quoted(self) -> bool:
        """Tell whether what comes next is code or quoted."""
        if self.in_fence or self._ticks or self._straight or self._mark or self._line:
            return True
        return self._last[1] in "'‘" and not self._last[0].isalnum()

    def _take(self, token: str) -> None:
        if token in _CLOSING or token in '"”»」':
            self._quote(token)
        elif self._blank and not self._fence and token.lstrip().startswith(">"):
            self._line = True
        if token.strip():
            self._blank = self._closed = False
        self._head = self._head and bool(_HEAD.fullmatch(token))
        self._margin = self._margin and bool(_MARGIN.fullmatch(token))

    def _quote(self, token: str) -> None:
        if self._fence or self._ticks:
            return
        if token == '"':
            inches = not self._straight and self._last[-1].isdigit()
            self._straight = not self._straight and not inches
        elif token == self._mark:
            self._mark = ""
        elif token in _CLOSING and not self._mark:
            self._mark = _CLOSING[token]

    def _end_line(self) -> None:
        if self._closed:
            self._fence = ""
        if self._blank:
            self._ticks, self._mark = 0, ""
        self._straight = self._straight and self._last[-1] == '"'
        self._begin_line()

    def _end_run(self) -> None:
        run, size = self._run, self._size
        if not run:
            return
        self._run, self._size = "", 0
        if self._fence and not (self._fresh and run == self._fence == "`"):
            self._closed = self._margin and run == self._fence and size >= self._width
        elif self._head and size >= 3:
            self._fence, self._width, self._fresh, self._ticks = run, size, True, 0
        elif run == "`":
            if self._fence:  # no fence then: its first line holds no backticks
                self._ticks, self._fence = self._width, ""
            if not self._ticks:
                self._ticks = size
            elif self._ticks == size:
                self._ticks = 0
        self._blank = self._head = self._margin = False
        self._last = run * 2
