"""Countries by their codes (ISO 3166-1 alpha-2), and the groups of them that laws speak of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

_CODES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT
BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH
ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT
HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS
LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI
NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG
SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG
UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
COUNTRIES = frozenset(_CODES.split())
"""The codes that ISO 3166-1 has assigned: 249, the same since 2011."""

_EU = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    }
)

GROUPS: Mapping[str, frozenset[str]] = MappingProxyType(
    {"EU": _EU, "EEA": _EU | {"IS", "LI", "NO"}}
)
"""The European Union and the European Economic Area, each as it has been since 2020-02-01, when
the United Kingdom had left (Agreement on its withdrawal, OJ L 29, 31.1.2020, p. 7)."""

_MEANT = MappingProxyType(
    {
        "UK": "GB",
        "ENGLAND": "GB",
        "USA": "US",
        "CHINA": "CN",
        "PRC": "CN",
        "GERMANY": "DE",
        "FRANCE": "FR",
        "EUROPE": "EU",
        "EL": "GR",
        "SWITZERLAND": "CH",
        "JAPAN": "JP",
    }
)
"""What is written instead of a code, and the code."""


def country_named(given: Any) -> str | None:
    """Return the code of a country or of a group, in capitals; None: it is neither."""
    if not isinstance(given, str):
        return None
    code = given.strip().upper()
    return code if code in COUNTRIES or code in GROUPS else None


def advice_on(given: Any) -> str:
    """Return what to write instead of what is no code: a sentence, with a space before it."""
    word = given.strip().upper() if isinstance(given, str) else ""
    meant = _MEANT.get(word) or next(iter(get_close_matches(word, _MEANT, n=1, cutoff=0.8)), "")
    code = _MEANT.get(meant, meant)
    return f" Write {code!r}." if code else ""


def within(given: Iterable[str]) -> frozenset[str]:
    """Return some countries and groups with the members of each group, and groups within it."""
    found: set[str] = set()
    for code in given:
        members = GROUPS.get(code, frozenset({code}))
        found |= {code} | members
        found |= {name for name, others in GROUPS.items() if code in GROUPS and others <= members}
    return frozenset(found)
