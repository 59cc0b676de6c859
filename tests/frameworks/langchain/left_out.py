"""The tests of LangChain's standard suites that are not run, and why.

Nothing else of them may be left out: a test that skips itself fails in CI, and one that is listed
here and no longer there fails `test_standard.py`.
"""

_READS_TEXT = "DeepSeek reads text alone; that it is refused before it is sent is tested instead"
_REPLAYED = (
    "it measures how fast a recorded answer is replayed by vcrpy; ours come from a live fake, and "
    "what clients cost is measured in benchmarks/"
)

_NO_AUDIO = (
    "no model that unillm's catalog knows reads audio, and one that is not known to is refused; "
    "`test_messages.py` sends it to a host of which nothing is known"
)
_CLOSED = (
    "it loads with allowed_objects='all', which is a closed table of LangChain's own partners; "
    "`test_params.py` loads a model with allowed_objects=[ChatUnillm]"
)

NOT_RUN = {
    "TestDeepSeek::test_audio_inputs": _READS_TEXT,
    "TestDeepSeek::test_image_inputs": _READS_TEXT,
    "TestDeepSeek::test_image_tool_message": _READS_TEXT,
    "TestDeepSeek::test_pdf_inputs": _READS_TEXT,
    "TestDeepSeek::test_pdf_tool_message": _READS_TEXT,
    "TestDeepSeek::test_stream_time": _REPLAYED,
    "TestOpenAI::test_audio_inputs": _NO_AUDIO,
    "TestOpenAI::test_stream_time": _REPLAYED,
    "TestUnit::test_serdes": _CLOSED,
}
"""Class and test, with the reason."""
