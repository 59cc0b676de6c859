"""What inspect_ai's cache, which outlives a program, has of one client is not another's."""

import asyncio

import pytest
from inspect_ai import Task, score
from inspect_ai import eval as evaluate
from inspect_ai.dataset import Sample
from inspect_ai.log import read_eval_log
from inspect_ai.model import get_model
from inspect_ai.scorer import includes

import unillm
from tests.frameworks.conftest import MODEL
from unillm.integrations.inspect_ai import UnillmAPI, unillm_model
from unillm.testing import Answer, FakeProvider


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> None:
    """Keep what is cached apart."""
    monkeypatch.setenv("INSPECT_CACHE_DIR", str(tmp_path / "cache"))


def ask(model):
    return asyncio.run(model.generate("Hi", cache=True)).completion


def client(fake, **options):
    deepseek = unillm.Provider("deepseek", base_url=fake.base_url, api_key="sk-mine")
    return unillm.AsyncClient(providers=[deepseek], **options)


def test_two_clients_share_nothing(fake):
    with FakeProvider(dialect="deepseek") as other:
        fake.enqueue(Answer("One."))
        other.enqueue(Answer("Two."))
        assert ask(unillm_model(MODEL, client(fake))) == "One."
        assert ask(unillm_model(MODEL, client(other))) == "Two."


def test_two_routes_of_a_name_share_nothing(fake):
    fake.enqueue(Answer("One."), Answer("Two."))
    for target, said in (("deepseek-v4-pro", "One."), ("deepseek-flash", "Two.")):
        asker = client(fake, routes={"work": [f"deepseek:{target}"]})
        assert ask(unillm_model("work", asker)) == said


def test_clients_that_ask_the_same_share(fake):
    fake.enqueue(Answer("One."), Answer("Two."))
    assert ask(unillm_model(MODEL, client(fake))) == "One."
    patient = client(fake, retry=unillm.RetryPolicy(max_attempts=9))
    assert ask(unillm_model(MODEL, patient)) == "One."


def test_what_cannot_be_told_is_shared_with_nobody(fake):
    fake.enqueue(Answer("One."), Answer("Two."))

    def first(call, candidates, stats):
        return unillm.routing.Ranked([candidate.name for candidate in candidates])

    asker = client(fake, routes={"work": unillm.Route([MODEL], strategy=first)})
    names = {UnillmAPI("work", client=asker).base_url for _ in range(2)}
    assert len(names) == 2
    assert all(name.startswith("unillm:once-") for name in names)


def test_two_files_share_nothing(fake, tmp_path, monkeypatch):
    monkeypatch.setenv("DEEPSEEK_API_KEY", "test")
    monkeypatch.setenv("DEEPSEEK_BASE_URL", fake.base_url)
    fake.enqueue(Answer("One."), Answer("Two."))
    path = tmp_path / "unillm.toml"
    for target, said in (("deepseek-v4-pro", "One."), ("deepseek-flash", "Two.")):
        path.write_text(f'[routes.work]\ntargets = ["deepseek:{target}"]\n', encoding="utf-8")
        made = get_model("unillm/work", config_file=str(path), memoize=False)
        assert ask(made) == said


def test_another_environment_shares_nothing(monkeypatch):
    before = UnillmAPI(MODEL).base_url
    assert UnillmAPI(MODEL).base_url == before
    monkeypatch.setenv("DEEPSEEK_BASE_URL", "https://proxy.example/v1")
    assert UnillmAPI(MODEL).base_url != before
    assert UnillmAPI(MODEL, base_url="https://proxy.example/v1").base_url.startswith("https")


def test_a_file_that_is_not_there_is_told_by_the_call(tmp_path):
    made = UnillmAPI("work", config_file=str(tmp_path / "none.toml"))
    assert made.base_url.startswith("unillm:once-")
    with pytest.raises(unillm.InvalidRequestError):
        _ = made.client


def test_the_name_is_no_address(fake):
    asker = client(fake)
    named = UnillmAPI(MODEL, client=asker)
    again = UnillmAPI(MODEL, base_url=named.base_url, client=asker)
    assert (again.base_url, again.client) == (named.base_url, asker)


def test_the_log_of_a_role_is_read_again(fake):
    model = unillm_model(MODEL, client(fake))
    task = Task(dataset=[Sample(input="Hi", target="x")], scorer=includes())
    (log,) = evaluate(task, model=model, model_roles={"grader": model}, display="none")
    read = read_eval_log(log.location)
    assert read.eval.model_roles["grader"].base_url == model.api.base_url
    assert read.eval.model_base_url is None
    assert score(read, includes(), action="append").status == "success"


def test_a_sync_client_is_refused():
    refused = pytest.raises(unillm.InvalidRequestError, match="AsyncClient")
    with unillm.Client() as made, refused:
        unillm_model(MODEL, made)
