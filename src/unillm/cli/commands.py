"""The commands of ``unillm``."""

from __future__ import annotations

import click

from unillm._version import __version__
from unillm.cli.estimate import estimate
from unillm.cli.fake import fake
from unillm.cli.prices import prices
from unillm.cli.repair import repair
from unillm.cli.replay import replay
from unillm.cli.route import route
from unillm.cli.serve import serve
from unillm.cli.spend import spend

__all__ = ["unillm"]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="unillm")
def unillm() -> None:
    """Tools around one client for OpenAI- and DeepSeek-compatible language model APIs."""


route.add_command(replay)
unillm.add_command(estimate)
unillm.add_command(fake)
unillm.add_command(prices)
unillm.add_command(repair)
unillm.add_command(route)
unillm.add_command(serve)
unillm.add_command(spend)
