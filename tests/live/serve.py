"""Serve a model with llama.cpp until stdin closes; run as a program by `tests.live.llama`.

In a process of its own, so that it can be ended in the middle of an answer.
"""

# xllamacpp is compiled and comes without types.
# pyright: reportAttributeAccessIssue=false

import sys
from pathlib import Path

from xllamacpp import CommonParams, Server

model, template, key, slots, context, limit = sys.argv[1:]
params = CommonParams()
params.model.path = model
params.model_alias = {"gemma"}
params.api_keys = [key]
params.hostnames = ["127.0.0.1"]
params.port = 0
params.n_ctx = int(slots) * int(context)
params.n_parallel = int(slots)
params.n_predict = int(limit)
params.sampling.seed = 7  # of who asks for none: what so small a model says may be anything
params.cpuparams.n_threads = 1  # two that wait for each other crawl on a busy machine
params.use_jinja = True
params.chat_template = Path(template).read_text(encoding="utf-8")
params.ui = False
params.verbosity = 1
server = Server(params)
sys.stdout.write(f"{server.listening_address}\n")
sys.stdout.flush()
sys.stdin.read()
