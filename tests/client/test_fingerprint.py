"""Who answers, as a digest: what changes it, and what is no part of it."""

import subprocess
import sys

import httpx
import pytest

import unillm
from unillm._client.fingerprint import fingerprint, fingerprint_of_file

HERE = "https://one.example/v1"


def told(base_url=HERE, name="box", http_client=None, key="k", **options):
    provider = unillm.Provider(name, base_url=base_url, api_key=key)
    made = unillm.AsyncClient(providers=[provider], http_client=http_client, **options)
    return fingerprint(made)


@pytest.mark.parametrize(
    "other",
    [
        {"base_url": "https://two.example/v1"},
        {"base_url": f"{HERE}?api-version=2"},
        {"name": "other"},
        {"system": "Be brief."},
        {"temperature": 0.5},
        {"extra_headers": {"x-route": "b"}},
        {"routes": {"work": ["box:a"]}},
        {"constraints": unillm.Constraints(deny_jurisdictions={"CN"})},
        {"repair": unillm.RepairPolicy(rescue=False)},
    ],
)
def test_what_changes_it(other):
    assert told() == told()
    assert told(**other) not in {None, told()}


def test_the_strategy_of_a_route_and_the_order_of_its_targets():
    def routed(targets, **options):
        return told(routes={"work": unillm.Route(targets, **options)})

    even = {"box:a": 1, "box:b": 1}
    found = [
        routed(["box:a", "box:b"]),
        routed(["box:b", "box:a"]),
        routed(["box:a", "box:b"], strategy="cheapest"),
        routed(["box:a", "box:b"], strategy=unillm.routing.Weighted(even)),
        routed(["box:a", "box:b"], strategy=unillm.routing.Weighted({**even, "box:a": 2})),
    ]
    assert len({*found} - {None}) == len(found)


@pytest.mark.parametrize(
    "other",
    [
        {"key": "another"},
        {"retry": unillm.RetryPolicy(max_attempts=9)},
        {"timeout": 5},
        {"budget": unillm.Budget("5")},
        {"observers": [print]},
    ],
)
def test_what_is_no_part_of_it(other):
    assert told(**other) == told()


def test_secrets_are_no_part_of_it():
    def with_headers(value):
        return told(f"{HERE}?api_key={value}", extra_headers={"authorization": value})

    assert with_headers("one") == with_headers("two") != told()


def test_what_cannot_be_told():
    def first(call, candidates, stats):
        return unillm.routing.Ranked([candidate.name for candidate in candidates])

    class Own(unillm.AsyncClient):
        pass

    assert told(routes={"work": unillm.Route(["box:a"], strategy=first)}) is None
    assert told(http_client=httpx.AsyncClient()) is None
    assert fingerprint(Own()) is None


def test_a_file_and_the_client_of_it(tmp_path):
    path = tmp_path / "unillm.toml"
    path.write_text('ledger = "kept.db"\n[routes.work]\ntargets = ["deepseek:deepseek-v4-pro"]\n')
    digest = fingerprint_of_file(str(path))
    assert not (tmp_path / "kept.db").exists()
    assert digest not in {None, fingerprint_of_file(None)}
    assert fingerprint_of_file(None) == fingerprint(unillm.AsyncClient())
    assert fingerprint_of_file(str(tmp_path / "none.toml")) is None
    path.write_text(path.read_text().partition("\n")[2])
    assert digest == fingerprint(unillm.AsyncClient.from_config(path))


def test_another_process_has_the_same():
    program = (
        "import unillm; from unillm._client.fingerprint import fingerprint; "
        "print(fingerprint(unillm.AsyncClient(constraints=unillm.Constraints("
        "deny_jurisdictions={'CN', 'US', 'DE', 'FR'}))))"
    )
    ran = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert ran[0].stdout == ran[1].stdout != "None\n"
