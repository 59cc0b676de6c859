"""All formats, and the names they are asked for by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

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
        "deepseek_v3.2": ("deepseek_dsml",),
        "deepseek_v3.2_dsml": ("deepseek_dsml",),
        "deepseek_v31": ("deepseek_v3",),
        "deepseek_v32": ("deepseek_dsml",),
        "deepseek_v4": ("deepseek_dsml",),
        "deepseek_v4.1": ("deepseek_dsml",),
        "deepseek_v41": ("deepseek_dsml",),
        "deepseek_v4_dsml": ("deepseek_dsml",),
        "ernie45": ("hermes",),
        "glm4": ("glm",),
        "glm4.7": ("glm",),
        "glm45": ("glm",),
        "glm47": ("glm",),
        "gpt_oss": ("harmony",),
        "granite-20b-fc": ("granite_20b",),
        "hunyuan_a13b": ("hunyuan",),
        "internlm": ("internlm2",),
        "jamba": ("hunyuan",),
        "lfm2_pythonic": ("lfm2",),
        "llama3": ("llama3_json",),
        "llama4": ("pythonic",),
        "llama4_json": ("llama3_json",),
        "llama4_pythonic": ("pythonic",),
        "mimo": ("qwen3_coder",),
        "minicpm5_xml": ("minicpm5",),
        "minicpm5xml": ("minicpm5",),
        "minimax": ("minimax_m2",),
        "minimax-m2": ("minimax_m2",),
        "olmo3_pythonic": ("olmo3",),
        "openai": ("harmony",),
        "phi4": ("phi4_mini", "granite"),
        "phi4mini": ("phi4_mini", "granite"),
        "poolside": ("glm",),
        "poolside_v1": ("glm",),
        "qwen": ("hermes",),
        "qwen25": ("hermes",),
        "qwen25_hermes": ("hermes",),
        "qwen3": ("hermes",),
        "qwen3_coder_xml": ("qwen3_coder",),
        "qwen3_xml": ("qwen3_coder",),
        "seed_oss": ("qwen3_coder",),
        "step3p5": ("qwen3_coder",),
        "step3p5_xml": ("qwen3_coder",),
        "xlam": ("json", "mistral", "hermes"),
    }
)
"""More names: those of the parsers of vLLM and SGLang for the same text."""


MARKED = "marked"
"""The name of all formats that have a marker."""

_MARKED = MappingProxyType(
    {
        name: replace(format_, bare=())
        for name, format_ in FORMATS.items()
        if format_.markers and not format_.only_named
    }
)


def formats_named(formats: Iterable[str | Format] | None) -> tuple[Format, ...]:
    """Return formats by their names.

    Args:
        formats: Names, and formats of one's own. ``marked`` names all that have a marker. None is
            all there are, bare JSON and lists of Python calls included, but for those whose
            notation leaves open what a value is: they must be named.

    Raises:
        InvalidRequestError: There is no format of such a name.
    """
    if isinstance(formats, str):
        formats = (formats,)
    if formats is None:
        return tuple(one for one in FORMATS.values() if not one.only_named)
    wanted: list[Any] = [*formats]
    found: dict[str, Format] = {}
    if MARKED in wanted:
        found |= _MARKED
    for one in wanted:
        if isinstance(one, Format):
            found[one.name] = one
        elif one != MARKED:
            found |= {name: FORMATS[name] for name in _names(one)}
    return tuple(found.values())


def _names(name: Any) -> tuple[str, ...]:
    names = _ALSO.get(name, (name,)) if isinstance(name, str) else ()
    if not names or names[0] not in FORMATS:
        known = ", ".join(sorted({MARKED, *FORMATS, *_ALSO}))
        raise InvalidRequestError(f"no format is called {name!r}; there are: {known}")
    return names
