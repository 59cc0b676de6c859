"""Where what other SDKs have on a client or a stream is to be found here."""

from __future__ import annotations

CLIENT = {
    "completions": "client.chat(…)",
    "responses": "client.chat(…)",
    "create": "client.chat(…)",
    "invoke": "client.chat(…)",
    "ainvoke": "chat(…) of an unillm.AsyncClient",
    "generate": "client.chat(…)",
    "ask": "client.chat(…)",
    "beta": "client.parse(…, output=…)",
    "with_structured_output": "client.parse(…, output=…)",
    "bind_tools": "client.run(…, tools=[…])",
    "run_sync": "client.run(…, tools=[…])",
    "batch": "client.map(rows), with batch=True for the Batch API",
    "batches": "client.map(rows, batch=True)",
    "with_retry": "client.with_options(retry=unillm.RetryPolicy(…))",
}

STREAM = {
    "text": ".partial.text while it comes, .response.text at its end",
    "text_stream": "the TextDelta events of its loop",
    "output": ".response.output at its end",
    "usage": ".response.usage at its end",
    "get_final_completion": ".response",
    "get_final_response": ".response",
    "get_final_message": ".response.message",
}

RUN_STREAM = {
    "text": ".result.text",
    "output": ".result.output",
    "usage": ".result.usage",
    "response": ".result",
    "turns": ".result.turns",
    "pending": ".result.pending",
}
