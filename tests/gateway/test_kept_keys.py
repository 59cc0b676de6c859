"""The file with the key of a gateway: made once, and nobody else's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from unillm.errors import InvalidRequestError
from unillm.gateway.keys import Keys, kept_keys


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "unillm" / "serve.json"


def test_they_are_made_once_and_only_their_owner_reads_them(path: Path) -> None:
    made = kept_keys(path)
    assert made.is_new
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    again = kept_keys(path)
    assert (again.key, again.seal, again.is_new) == (made.key, made.seal, False)
    assert made.key not in repr(made)
    assert [*path.parent.iterdir()] == [path]


def test_whoever_makes_them_at_the_same_time_has_the_same(path: Path) -> None:
    many = 16
    ready = Barrier(many)

    def make(_number: int) -> Keys:
        ready.wait()
        return kept_keys(path)

    with ThreadPoolExecutor(many) as pool:
        made = [*pool.map(make, range(many))]
    assert len({one.key for one in made}) == 1
    assert sum(one.is_new for one in made) == 1
    assert [*path.parent.iterdir()] == [path]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o777])
def test_what_others_may_read_or_write_is_refused(path: Path, mode: int) -> None:
    kept_keys(path)
    path.chmod(mode)
    with pytest.raises(InvalidRequestError, match="chmod 600"):
        kept_keys(path)


def test_a_link_to_nothing_is_refused(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.symlink_to(path.with_name("nowhere"))
    with pytest.raises(InvalidRequestError, match="cannot be read"):
        kept_keys(path)
    assert not path.with_name("nowhere").exists()


def test_a_link_to_what_others_read_is_refused(path: Path, tmp_path: Path) -> None:
    kept_keys(path)
    shared = tmp_path / "shared.json"
    path.rename(shared)
    shared.chmod(0o644)
    path.symlink_to(shared)
    with pytest.raises(InvalidRequestError, match="chmod 600"):
        kept_keys(path)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"key": "a", "seal": "z"}', '{"key": 1, "seal": "00"}', "\0"]
)
def test_what_is_no_file_of_keys_is_refused(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(InvalidRequestError, match="no file of keys"):
        kept_keys(path)
    assert path.read_text() == text


def test_a_folder_in_its_place_is_refused(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(InvalidRequestError):
        kept_keys(path)
