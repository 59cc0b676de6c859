"""All formats, and the names they are asked for by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from unillm.errors import InvalidRequestError
from unillm.repair.formats import (
    apertus,
    calling_tool,
    cohere,
    deepseek_dsml,
    deepseek_v3,
    dots,
    functiongemma,
    gemma4,
    gigachat3,
    glm,
    granite,
    granite_20b,
    groq,
    harmony,
    hermes,
    hunyuan,
    hy_v3,
    internlm2,
    json_answer,
    k2_horizon,
    kimi_k2,
    kimi_k3,
    lfm2,
    llama3,
    longcat,
    minicpm5,
    minimax_m2,
    minimax_m3,
    mistral,
    nemotron,
    olmo3,
    phi4_mini,
    pythonic,
    qwen3_coder,
    step3,
)
from unillm.repair.formats.format import Format

FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        module.FORMAT.name: module.FORMAT
        for module in (
            apertus,
            calling_tool,
            cohere,
            deepseek_dsml,
            deepseek_v3,
            dots,
            functiongemma,
            gemma4,
            gigachat3,
            glm,
            granite,
            granite_20b,
            groq,
            harmony,
            hermes,
            hunyuan,
            hy_v3,
            internlm2,
            json_answer,
            k2_horizon,
            kimi_k2,
            kimi_k3,
            lfm2,
            llama3,
            longcat,
            minicpm5,
            minimax_m2,
            minimax_m3,
            mistral,
            nemotron,
            olmo3,
            phi4_mini,
            pythonic,
            qwen3_coder,
            step3,
        )
    }
)
"""The formats unillm has, by name, in the order they are tried in where they begin alike."""

_ALSO: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "cohere_command3": ("cohere",),
        "cohere_command4": ("cohere",),
        "deepseek_v3.1": ("deepseek_v3",),
        "deepseek_v31": ("deepseek_v3",),
        "deepseek_v32": ("deepseek_dsml",),
        "deepseek_v4": ("deepseek_dsml",),
        "deepseek_v41": ("deepseek_dsml",),
        "ernie45": ("hermes",),
        "glm4": ("glm",),
        "glm45": ("glm",),
        "glm47": ("glm",),
        "gpt_oss": ("harmony",),
        "hunyuan_a13b": ("hunyuan",),
        "internlm": ("internlm2",),
        "jamba": ("hunyuan",),
        "llama3": ("llama3_json",),
        "llama4_json": ("llama3_json",),
        "llama4_pythonic": ("pythonic",),
        "mimo": ("qwen3_coder",),
        "openai": ("harmony",),
        "phi4": ("phi4_mini", "granite"),
        "poolside_v1": ("glm",),
        "qwen": ("hermes",),
        "qwen25": ("hermes",),
        "qwen3_xml": ("qwen3_coder",),
        "seed_oss": ("qwen3_coder",),
        "step3p5": ("qwen3_coder",),
        "xlam": ("json", "mistral", "hermes"),
    }
)
"""More names: those of the parsers of vLLM and SGLang for the same text."""


_MARKED = tuple(replace(format_, bare=()) for format_ in FORMATS.values())


def formats_named(formats: Iterable[str | Format] | None) -> tuple[Format, ...]:
    """Return formats by their names.

    Args:
        formats: Names, and formats of one's own; None: all that have a marker.

    Raises:
        InvalidRequestError: There is no format of such a name.
    """
    if formats is None:
        return _MARKED
    if isinstance(formats, str):
        formats = (formats,)
    found: dict[str, Format] = {}
    for wanted in formats:
        if isinstance(wanted, Format):
            found[wanted.name] = wanted
            continue
        names = _ALSO.get(wanted, (wanted,))
        for name in names:
            if name not in FORMATS:
                known = ", ".join(sorted({*FORMATS, *_ALSO}))
                raise InvalidRequestError(f"no format is called {wanted!r}; there are: {known}")
            found[name] = FORMATS[name]
    return tuple(found.values())
