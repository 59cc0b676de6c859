"""The strict fake of llama.cpp refuses what llama.cpp refuses, in its words."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.live.llama import KEY
from tests.testing.rules.case import PLAIN, Case
from tests.testing.rules.own_servers import OWN_SERVERS
from unillm.testing import rules
from unillm.testing.rules.rule import broken
from unillm.testing.seen import seen_of

pytestmark = pytest.mark.live

CASES = [case for case in OWN_SERVERS if case.host == "llamacpp"]
IDS = [f"{case.rule}-{at}" for at, case in enumerate(CASES)]
FEW = {"max_tokens": 2}


def asked(llama, case: Case, fields, key=KEY):
    body = {**PLAIN[case.host, case.path], **FEW, **fields}
    headers = {"authorization": f"Bearer {key}"}
    return httpx.post(f"{llama.url}{case.path}", json=body, headers=headers, timeout=60)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_what_the_fake_refuses_the_server_refuses(llama, case):
    real = asked(llama, case, case.bad)
    body = json.dumps({**PLAIN[case.host, case.path], **case.bad}).encode()
    seen = seen_of("POST", case.path, {}, body, number=1, connection=1)
    found = broken(rules.get("llamacpp"), seen, any_model=False)
    assert found is not None
    _, refusal = found
    said = real.json()["error"]
    assert (real.status_code, said["code"], said["type"]) == (
        refusal.status,
        refusal.code,
        refusal.kind,
    )
    assert said["message"][:30] == refusal.message[:30]


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_what_the_fake_takes_the_server_takes(llama, case):
    real = asked(llama, case, case.good)
    assert real.status_code == 200, real.text


def test_a_wrong_key_is_refused_in_the_same_words(llama):
    said = asked(llama, CASES[0], {}, key="wrong").json()["error"]
    refusal = rules.get("llamacpp").no_key(
        seen_of("POST", CASES[0].path, {}, b"", number=1, connection=1)
    )
    assert (said["message"], said["type"], said["code"]) == (
        refusal.message,
        refusal.kind,
        refusal.code,
    )
