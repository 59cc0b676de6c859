"""An answer that is one call in JSON, or a list of them, and nothing else.

xLAM and hosts that ask for tools in the prompt do so: xlam_tool_parser.py of vLLM.
"""

from unillm.repair.formats.format import Format
from unillm.repair.formats.json_calls import bare_json

FORMAT = Format(name="json", read=bare_json(), bare=("[", "{"))
