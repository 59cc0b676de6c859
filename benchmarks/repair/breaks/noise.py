"""Breaks by what stands around and between: fences, prose, comments, odd spaces, markers."""

from random import Random

from benchmarks.repair.drafts import Draft, Token, UnsuitedError, breaks

INFO = [
    "json",
    "",
    "JSON",
    "json5",
    "jsonc",
    "javascript",
    "python",
    "tool_call",
    "text",
    "JSON ",
    "js",
]


@breaks("text", lossless=True)
def fence(draft: Draft, rng: Random) -> None:
    """Put it into a Markdown fence, whole or half."""
    mark = rng.choice(["```", "```", "```", "~~~", "````"])
    start, end = f"{mark}{rng.choice(INFO)}\n", f"\n{mark}"
    if rng.random() < 0.25:
        start, end = rng.choice([(start, ""), ("", end), (start, end + "\n")])
    draft.text = f"{start}{draft.text}{end}"


@breaks("text", lossless=True)
def fence_on_one_line(draft: Draft, rng: Random) -> None:
    """Put it into marks of code on one line."""
    mark = rng.choice(["```", "`", "```json "])
    if mark == "`" and "`" in draft.text:
        draft.unclear()
    draft.text = f"{mark}{draft.text}{mark.split('j')[0]}"


_BEFORE = (
    "Here you go:\n\n",
    "I'll call the tool now. ",
    "Sure, let's do that!\n",
    "Arguments:\n",
    "Input: ",
    "Final answer → ",
    "Okay — one moment.\n\n",
    "**Call**\n\n",
    "1. Calling it.\n",
    "<thinking>It's clear, so call it.</thinking>",
    "<think>\nThe user wants this.\nSo be it.\n</think>\n\n",
    "Voici les arguments : ",
    "好的，参数如下：\n",
    "assistant\n",
    "Action Input: ",
)
_AFTER = (
    "\n\nThat should do it.",
    " Done!",
    "\n\nNote: the rest is default.",
    "\n\nI've used the user's words.",
    "\n\nWould you like anything else?",
    "\nObservation:",
    "  // end",
    " -- let me know.",
    "\n\n这样就可以了。",
    ".",
    ";",
)


@breaks("text", lossless=True)
def prose(draft: Draft, rng: Random) -> None:
    """Put words before it, after it, or both."""
    which = rng.random()
    if which < 0.7:
        draft.text = rng.choice(_BEFORE) + draft.text
    if which > 0.5:
        draft.text += rng.choice(_AFTER)


@breaks("text")
def prose_with_brackets(draft: Draft, rng: Random) -> None:
    """Put words around it that have brackets, quotes and colons of their own."""
    before = rng.choice(
        [
            "The tool {name} takes [these]: ",
            "As in [1], {see below}:\n",
            'You said "do it", so: ',
            "Use `{}` for nothing. Here: ",
            "Step 1: {plan}\nStep 2: ",
            "if (x) { call } ",
            "key: value\n",
        ]
    )
    draft.unclear()
    draft.text = before + draft.text + rng.choice(["", " {end}", " [1]", ' as "asked"', " (ok)"])


@breaks("text")
def prose_with_another_value(draft: Draft, rng: Random) -> None:
    """Put another object before it or after it, in words: which one is meant?"""
    key = next(iter(draft.value), None)
    if key is None or not isinstance(draft.value[key], str):
        raise UnsuitedError
    import json

    other = json.dumps({**draft.value, key: f"{draft.value[key]} 2"}, ensure_ascii=False)
    draft.verdict = "refuse"
    draft.text = rng.choice(
        [
            f"Not {other} but {draft.text}",
            f"{draft.text}\n\nOr, if you prefer: {other}",
            f"First {draft.text} and then {other}",
            f"```json\n{draft.text}\n```\nAlternatively:\n```json\n{other}\n```",
        ]
    )


_START = (
    "<tool_call>",
    "<|im_start|>assistant\n",
    "<s>",
    "[TOOL_CALLS] ",
    "<|tool_call_begin|>",
    "<arguments>",
    "<|python_tag|>",
    "<function_call>\n",
    "<｜tool▁sep｜>",
)
_END = (
    "</tool_call>",
    "<|im_end|>",
    "</s>",
    "<|eot_id|>",
    "<|endoftext|>",
    "<｜end▁of▁sentence｜>",
    "<|end|>",
    "</arguments>",
    "<|tool_call_end|>",
    "\n</function_call>",
    "[/TOOL_CALLS]",
    "<end_of_turn>",
    "<eos>",
    "</tool_use>",
    "<｜tool▁call▁end｜>",
)


@breaks("text", lossless=True)
def special_tokens(draft: Draft, rng: Random) -> None:
    """Put a model's own tokens before it and after it."""
    if rng.random() < 0.4:
        draft.text = rng.choice(_START) + draft.text
    draft.text += rng.choice(["", "\n"]) + rng.choice(_END)
    if rng.random() < 0.3:
        draft.text += rng.choice(_END)


ODD = [
    "\ufeff",
    "\u00a0",
    "\u200b",
    "\u2003",
    "\u3000",
    "\u2060",
    "\u200d",
    "\u2028",
    "\u202f",
    "\u0085",
    "\x0b",
    "\x0c",
]


@breaks("text", lossless=True)
def byte_order_mark(draft: Draft, rng: Random) -> None:
    """Put a byte order mark or an odd space at an end."""
    mark = rng.choice(ODD)
    draft.text = mark + draft.text if rng.random() < 0.7 else draft.text + mark


@breaks("tokens", lossless=True)
def odd_spaces(draft: Draft, rng: Random) -> None:
    """Put odd spaces between tokens, one or many."""
    share = rng.choice([0.1, 0.5, 1.0])
    mark = rng.choice(ODD)
    for token in draft.tokens:
        if token.kind in {",", ":", "{", "[", "ws"} and rng.random() < share:
            token.text += mark
    draft.tokens.append(Token("ws", mark))


@breaks("tokens", lossless=True)
def written_out_spaces(draft: Draft, rng: Random) -> None:
    r"""Write spaces between tokens as the escapes of them: `\n` as two characters."""
    found = [token for token in draft.tokens if token.kind in {",", "{", "}", "[", "]", ":"}]
    for token in rng.sample(found, rng.randint(1, min(3, len(found)))):
        shown = rng.choice(["\\n", "\\n  ", "\\t", "\\r\\n"])
        token.text = (
            token.text + shown if token.kind in {",", "{", "[", ":"} else shown + token.text
        )


_LINES = (
    "the user's choice",
    'a "b" c',
    "{not: this}",
    "x, y",
    "TODO: [check]",
    "}",
    "see https://example.org/a",
    "",
)


@breaks("tokens", lossless=True)
def comments(draft: Draft, rng: Random) -> None:
    """Put comments between tokens."""
    places = [
        at for at, token in enumerate(draft.tokens) if token.kind in {",", "{", "[", "}", "]"}
    ]
    for at in sorted(rng.sample(places, rng.randint(1, min(3, len(places)))), reverse=True):
        line = rng.choice(_LINES)
        note = rng.choice(
            [f" // {line}\n", f" # {line}\n", f" /* {line} */ ", f" /* {line}\n{line} */\n"]
        )
        before = draft.tokens[at].kind in {"}", "]"} and at
        draft.tokens.insert(at if before else at + 1, Token("ws", note))


@breaks("text", lossless=True)
def comments_around(draft: Draft, rng: Random) -> None:
    """Put a comment before it or after it."""
    line = rng.choice(["the call", "the user's call", "as asked: now"])
    note = rng.choice([f"// {line}\n", f"# {line}\n", f"/* {line} */\n"])
    draft.text = note + draft.text if rng.random() < 0.6 else draft.text + "\n" + note.rstrip()


@breaks("tokens")
def other_comments(draft: Draft, rng: Random) -> None:
    """Put comments of other languages between tokens, or words without any mark."""
    places = draft.of(",")
    if not places:
        raise UnsuitedError
    draft.unclear()
    note = rng.choice([" -- note\n", " <!-- note --> ", " ; note\n", " (note) ", " % note\n"])
    draft.tokens.insert(rng.choice(places) + 1, Token("ws", note))
