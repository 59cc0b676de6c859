"""Bodies that are not what was asked for, or come in a wrapping."""

from __future__ import annotations

import gzip

from unillm.testing._chunks import Chunks
from unillm.testing._render import body_of, render
from unillm.testing.answer import Answer
from unillm.testing.faults._scene import TEXT, joined, sound_body
from unillm.testing.faults.fault import chat_fault, fault
from unillm.testing.raw import Raw
from unillm.testing.seen import Seen

_HTML = (
    b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>"
)

_DSML = """Let me check.

<|DSML|tool_calls>
<|DSML|invoke name="get_weather">
<|DSML|parameter name="city" string="true">Paris</|DSML|parameter>
</|DSML|invoke>
</|DSML|tool_calls>""".replace("|", "\uff5c")


@fault
def envelope(seen: Seen) -> Raw:
    """Serve a sound body, wrapped in {"data": ..., "success": true}, also for a stream."""
    return Raw.of_json({"data": body_of(seen, TEXT), "success": True})


@fault
def envelope_failure(_: Seen) -> Raw:
    """Serve status 200 and {"data": null, "success": false, "message": ...}."""
    return Raw.of_json({"data": None, "success": False, "message": "The model is not available."})


@fault
def body_for_stream(seen: Seen) -> Raw:
    """Serve a sound JSON body, also where a stream was asked for."""
    return render(seen, TEXT, stream=False)


@fault
def stream_for_body(seen: Seen) -> Raw:
    """Serve a sound stream, also where a body was asked for."""
    return render(seen, TEXT, stream=True)


@fault
def blank_lines(_: Seen) -> Answer:
    """Serve empty lines before a sound body; comments before a sound stream."""
    return Answer(TEXT.text, dialect="deepseek", blank_lines=5, keep_alives=5)


@fault
def keep_alive_comments(_: Seen) -> Answer:
    """Serve comments (: keep-alive) before the first event of a sound stream."""
    return Answer(TEXT.text, dialect="deepseek", keep_alives=20)


@fault
def html_page(_: Seen) -> Raw:
    """Serve status 200 and an HTML page, as of a captive portal or a wrong base URL."""
    return Raw(segments=[_HTML], headers={"content-type": "text/html"}, framing="length")


@fault
def html_as_json(_: Seen) -> Raw:
    """Serve status 200 and an HTML page that claims to be application/json."""
    return Raw(segments=[_HTML], framing="length")


@fault
def empty_body(_: Seen) -> Raw:
    """Serve status 200 and an empty body."""
    return Raw(framing="length")


@fault
def empty_object(_: Seen) -> Raw:
    """Serve status 200 and the body {}."""
    return Raw.of_json({})


@fault
def no_content(_: Seen) -> Raw:
    """Serve status 204 and no body."""
    return Raw(status=204)


@fault
def gzip_body(seen: Seen) -> Raw:
    """Serve a sound answer, gzip-encoded, as a stream or a body as was asked."""
    sound = render(seen, TEXT)
    packed = gzip.compress(joined(sound.segments), mtime=0)
    return Raw(
        segments=[packed],
        headers={**sound.headers, "content-encoding": "gzip"},
        framing=sound.framing,
    )


@fault
def gzip_body_broken(_: Seen) -> Raw:
    """Serve a body that claims to be gzip and is not."""
    headers = {"content-encoding": "gzip", "content-type": "application/json"}
    return Raw(segments=[b"not gzip"], headers=headers, framing="length")


@fault
def garbage_body(_: Seen) -> Raw:
    """Serve status 200 and a body of bytes that are neither JSON nor text."""
    return Raw(segments=[bytes(range(256))], framing="length")


@fault
def invalid_utf8_in_body(seen: Seen) -> Raw:
    """Serve a JSON body with a byte in its text that is not UTF-8."""
    whole = sound_body(seen)
    return Raw(segments=[whole.replace(b"sunny", b"sun\xffny")], framing="length")


@fault
def empty_answer(_: Seen) -> Answer:
    """Serve a sound answer with nothing in it: no text, no call, finish_reason stop."""
    return Answer("")


@fault
def wrong_content_type(seen: Seen) -> Raw:
    """Serve a sound stream or body that claims to be text/plain."""
    sound = render(seen, TEXT)
    return Raw(
        segments=sound.segments, headers={"content-type": "text/plain"}, framing=sound.framing
    )


@fault
def dsml_in_text(_: Seen) -> Answer:
    """Serve a tool call, in DeepSeek's own notation, in the text; finish_reason stop."""
    return Answer(_DSML)


@fault
def dsml_in_text_cut(_: Seen) -> Answer:
    """Serve a tool call, in DeepSeek's own notation, in the text, cut inside its argument."""
    return Answer(_DSML[: _DSML.index("is</")], finish_reason="length")


@chat_fault
def chunk_for_body(seen: Seen) -> Raw:
    """Serve a JSON body with a delta where the message belongs."""
    return Raw.of_json(Chunks(seen).of({"role": "assistant", "content": TEXT.text}, "stop"))
