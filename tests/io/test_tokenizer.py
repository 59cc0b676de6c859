"""Tokenizers that are on this machine are used; nothing is ever fetched."""

from __future__ import annotations

import hashlib
import sys

import pytest
import tiktoken
import tiktoken.registry

import unillm
from unillm._flow.effects import Count
from unillm._io import tokenizer
from unillm._io.tokenizer import counted, is_quick, tokenizer_for


@pytest.fixture(autouse=True)
def nothing_is_fetched(monkeypatch, tmp_path):
    def fetch(*_args, **_more):
        pytest.fail("it was fetched")

    monkeypatch.setattr("tiktoken.load.read_file", fetch)
    monkeypatch.setattr("requests.get", fetch)
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    for name in list(tiktoken.registry.ENCODINGS):
        monkeypatch.delitem(tiktoken.registry.ENCODINGS, name)


@pytest.fixture
def bytewise(monkeypatch):
    """Have an encoding at hand that makes a token of every byte."""
    made = tiktoken.Encoding(
        "o200k_base",
        pat_str=r"[\s\S]",
        mergeable_ranks={bytes([byte]): byte for byte in range(256)},
        special_tokens={},
    )
    monkeypatch.setitem(tiktoken.registry.ENCODINGS, "o200k_base", made)
    return made


def test_one_that_is_loaded_counts(bytewise):
    found = tokenizer_for("gpt-5.5")
    assert found.count is not None
    assert found.count("<|endoftext|>ä") == 15
    assert (found.exact, found.told) == (True, "tiktoken's o200k_base")


@pytest.mark.parametrize("blank", [" ", "\n", "\u3000", " \t"])
def test_blanks_without_end_are_counted(monkeypatch, blank):
    made = tiktoken.Encoding(
        "o200k_base",
        pat_str=r"\w+|\s*[\r\n]+|\s+(?!\S)|\s+|.",
        mergeable_ranks={bytes([byte]): byte for byte in range(256)},
        special_tokens={},
    )
    monkeypatch.setitem(tiktoken.registry.ENCODINGS, "o200k_base", made)
    found = tokenizer_for("gpt-5.5")
    assert found.count is not None
    text = f"a {blank * 1_200_000} b"
    assert found.count(text) == len(text.encode())


def test_of_a_model_that_it_does_not_know_the_newest_is_taken_and_doubted(bytewise):
    found = tokenizer_for("gpt-6.2-sol")
    assert found.count is not None
    assert not found.exact
    assert "gpt-6.2-sol" in found.told


def test_texts_are_counted_exactly_or_not_at_all(bytewise):
    assert counted(Count("gpt-5.5", ("abc", "", "\xe4"))) == (3, 0, 2)
    assert counted(Count("gpt-6.2-sol", ("abc",))) is None
    assert is_quick(Count("gpt-5.5", ("abc",)))
    assert not is_quick(Count("gpt-5.5", ("abc" * 10_000,)))


def test_what_must_be_cut_to_be_counted_has_as_many_tokens_as_bytes(bytewise, monkeypatch):
    monkeypatch.setattr(tokenizer, "_counter", lambda _name: lambda _text: 1)
    blanks = " \u3000" * 30_000
    assert counted(Count("gpt-5.5", ("a" * 99_999, blanks))) == (1, len(blanks.encode()))


def test_a_tokenizer_that_fails_counts_nothing(bytewise, monkeypatch):
    def fails(_text):
        raise ValueError("no")

    monkeypatch.setattr(tokenizer, "_counter", lambda _name: fails)
    assert counted(Count("gpt-5.5", ("abc",))) is None


def test_without_a_tokenizer_nothing_is_counted(monkeypatch):
    assert counted(Count("gpt-5.5", ("abc",))) is None
    monkeypatch.setattr(tokenizer, "_is_installed", lambda: False)
    assert counted(Count("gpt-5.5", ("abc",))) is None
    assert is_quick(Count("gpt-5.5", ("abc",)))


def test_one_that_is_not_here_is_not_fetched():
    found = tokenizer_for("gpt-5.5")
    assert found.count is None
    assert "tiktoken.get_encoding('o200k_base')" in found.told


@pytest.mark.parametrize("place", ["", "/nowhere/at/all"])
def test_a_place_where_nothing_is_kept(monkeypatch, place):
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", place)
    assert tokenizer_for("gpt-5.5").count is None
    monkeypatch.delenv("TIKTOKEN_CACHE_DIR")
    monkeypatch.setenv("DATA_GYM_CACHE_DIR", place)
    assert tokenizer_for("gpt-5.5").count is None


def test_a_file_that_was_kept_is_loaded_if_it_is_whole(monkeypatch, tmp_path):
    url = "https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken"
    path = tmp_path / hashlib.sha1(url.encode()).hexdigest()
    path.write_bytes(b"half")
    assert tokenizer_for("gpt-5.5").count is None
    expected = hashlib.sha256(b"half").hexdigest()
    monkeypatch.setitem(tokenizer._HASHES, "o200k_base", expected)
    tokenizer._is_whole.cache_clear()
    assert tokenizer._is_here("o200k_base")
    assert not tokenizer._is_here("p50k_base")


def test_the_hashes_are_those_that_tiktoken_expects():
    from inspect import getsource

    import tiktoken_ext.openai_public as known

    for name, digest in tokenizer._HASHES.items():
        assert digest in getsource(getattr(known, name))
        assert tokenizer._ADDRESS.format(name) in getsource(getattr(known, name))


def test_without_tiktoken_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "tiktoken", None)
    found = tokenizer_for("gpt-5.5")
    assert found.count is None
    assert 'pip install "unillm-sdk[tokens]"' in found.told


CASES = {
    "its own tokenizer": ("openai:gpt-5.5", "tokenizer", "tiktoken's o200k_base"),
    "perhaps its own": ("openai:gpt-6.2-sol", "guess", "is not known"),
    "the ratio of its vendor": ("deepseek:deepseek-v4-pro", "ratio", "api-docs.deepseek.com"),
    "weights of a vendor at another's": ("vllm:deepseek-ai/DeepSeek-V4-Pro", "ratio", "deepseek"),
    "nothing is known": ("vllm:my-own", "guess", "rule of thumb"),
}


@pytest.mark.parametrize(("model", "method", "source"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("kind", [unillm.Client, unillm.AsyncClient])
def test_clients_estimate_without_a_key_and_without_asking(bytewise, kind, model, method, source):
    client = kind(providers=["openai", "deepseek", "vllm"], temperature=0.5)
    found = client.count_tokens("How are you?", model=model, system="Be brief.")
    assert found.method == method
    assert source in found.source
    assert found.low <= found.tokens <= found.high


def test_what_cannot_be_sent_cannot_be_estimated():
    client = unillm.Client(providers=["openai"], model="openai:gpt-6-luna")
    with pytest.raises(unillm.InvalidRequestError):
        client.count_tokens([])
    with pytest.raises(unillm.InvalidRequestError, match="deepseek"):
        client.count_tokens("Hi", model="deepseek:x")
    assert client.count_tokens("Hi", tools=[lookup]).method == "guess"


def lookup(word: str) -> str:
    """Look a word up."""
    return word
