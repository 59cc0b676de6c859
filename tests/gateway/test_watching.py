"""What was refused before anybody was asked is told to who runs the gateway."""

from __future__ import annotations

from tests.gateway.running import HI, MODEL, Gateway, running
from unillm import Provider
from unillm.testing import FakeProvider

CHAT = "/v1/chat/completions"


def test_refusals_are_told_in_a_line(upstream: FakeProvider) -> None:
    told: list[tuple[int, str]] = []

    def hear(status: int, why: str) -> None:
        told.append((status, why))

    with running(upstream, on_refusal=hear) as gateway, gateway.client() as client:
        client.post(
            CHAT, json={"model": MODEL, "messages": HI}, headers={"authorization": "Bearer x"}
        )
        client.post(CHAT, json={"model": "deepseek-v4-prro", "messages": HI})
        client.post(CHAT, json={"model": MODEL, "messages": HI, "stream": True})
        client.post(CHAT, json={"model": MODEL})
        client.get("/%1b[31m/nowhere")
    assert [status for status, _ in told] == [401, 404, 400, 404]
    assert told[0][1].startswith("POST '/v1/chat/completions': the key of the gateway")
    assert "Did you mean 'deepseek-v4-pro'" in told[1][1]
    assert all(why.isprintable() for _, why in told)


def test_what_has_an_operation_is_told_by_that(upstream: FakeProvider) -> None:
    told: list[object] = []

    def hear(status: int, _why: str) -> None:
        told.append(status)

    with running(upstream, on_refusal=hear, session_budget="0.000001") as gateway:
        assert gateway.chat().status_code == 402
        assert gateway.chat(stream=True).status_code == 402
    assert not told
    assert [record.outcome for record in gateway.records] == ["error", "error"]


def own(fake: FakeProvider, *, self_hosted: bool) -> dict[str, object]:
    box = Provider(
        "box", base_url=fake.base_url, api_key="k", profile="vllm", self_hosted=self_hosted
    )
    return {"providers": [box]}


def asked(gateway: Gateway) -> int:
    return gateway.chat(model="box:my-own").status_code


def test_a_server_of_one_s_own_has_no_bill(upstream: FakeProvider) -> None:
    """Without a price nothing could be reserved: the usual limit would refuse all it is asked."""
    with running(upstream, options=own(upstream, self_hosted=True)) as gateway:
        assert asked(gateway) == 200
    with running(upstream, options=own(upstream, self_hosted=False)) as gateway:
        assert asked(gateway) == 402
