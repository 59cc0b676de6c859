"""Formats in which models write calls of tools into text: one file each."""

from unillm.repair.formats.format import Candidate, Declared, Format, Parameter, Reader
from unillm.repair.formats.registry import FORMATS, formats_named
from unillm.repair.formats.source import NotACallError, Source, Steps

__all__ = [
    "FORMATS",
    "Candidate",
    "Declared",
    "Format",
    "NotACallError",
    "Parameter",
    "Reader",
    "Source",
    "Steps",
    "formats_named",
]
