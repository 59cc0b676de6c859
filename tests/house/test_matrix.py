"""`make test-all` chooses each Python once, and tells uv where pip looks."""

import os
import sys
from pathlib import Path

from tests import matrix
from tests.matrix import Job, candidates, jobs_for, probed, settings_from


def interpreter(file: Path, body: str = "exit 127") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    file.chmod(0o755)
    return file


def test_each_python_is_run_once_in_its_newest_release_and_the_lowest_again() -> None:
    found = [
        ((3, 12, 1), Path("/a/python3.12")),
        ((3, 11, 2), Path("/a/python3.11")),
        ((3, 11, 10), Path("/b/python3.11")),
        ((3, 11, 9), Path("/c/python3.11")),
        ((3, 12, 1), Path("/b/python3.12")),
        ((3, 10, 20), Path("/a/python3.10")),
    ]
    assert jobs_for(found) == [
        Job(Path("/b/python3.11"), (3, 11, 10)),
        Job(Path("/a/python3.12"), (3, 12, 1)),
        Job(Path("/b/python3.11"), (3, 11, 10), "lowest-direct"),
    ]


def test_without_a_python_there_is_nothing_to_run() -> None:
    assert jobs_for([((3, 10, 1), Path("/a/python3.10"))]) == []


def test_jobs_do_not_share_a_name_or_a_folder() -> None:
    jobs = jobs_for([((3, 11, 2), Path("/a")), ((3, 12, 2), Path("/b"))])
    assert [job.name for job in jobs] == ["3.11.2", "3.12.2", "3.11.2-lowest"]
    assert len({job.venv for job in jobs}) == 3
    assert {job.venv.parent for job in jobs} == {matrix.FOLDER}


def test_interpreters_are_looked_for_on_path_and_in_pyenv(tmp_path: Path) -> None:
    wanted = [
        interpreter(tmp_path / "one" / "python3.11"),
        interpreter(tmp_path / "two" / "python3.12"),
        interpreter(tmp_path / "pyenv" / "versions" / "3.13.0" / "bin" / "python"),
    ]
    for other in ("python", "python3", "python3.11-config", "python3.13t"):
        interpreter(tmp_path / "one" / other)
    path = os.pathsep.join([str(tmp_path / "one"), "", str(tmp_path / "two"), "/nowhere"])
    assert candidates(path, tmp_path / "pyenv") == wanted
    assert candidates("", tmp_path / "none") == []


def test_an_interpreter_tells_its_version_and_its_own_place(tmp_path: Path) -> None:
    shim = interpreter(tmp_path / "python3.11", f'exec "{sys.executable}" "$@"')
    known = (sys.version_info[:3], Path(sys.executable))
    assert probed(Path(sys.executable)) == known
    assert probed(shim) == known


def test_what_does_not_run_or_is_no_plain_python_is_left_out(tmp_path: Path) -> None:
    assert probed(tmp_path / "absent") is None
    assert probed(interpreter(tmp_path / "python3.12")) is None
    assert probed(interpreter(tmp_path / "python3.13", "exit 0")) is None


def test_settings_of_pip_are_settings_of_uv() -> None:
    listing = """\
:env:.find-links='/own'
global.cert='/certs.pem'
global.constraint='/limits.txt'
global.extra-index-url='file:///a\\nfile:///b'
global.find-links='/wheels'
global.index-url='https://index.example/simple'
global.timeout='60'
install.trusted-host='a b'
"""
    assert settings_from(listing) == {
        "UV_FIND_LINKS": "/own",
        "SSL_CERT_FILE": "/certs.pem",
        "UV_CONSTRAINT": "/limits.txt",
        "UV_INDEX": "file:///a file:///b",
        "UV_DEFAULT_INDEX": "https://index.example/simple",
        "UV_INSECURE_HOST": "a b",
    }
    assert settings_from("") == {}


def test_the_lowest_python_is_the_one_the_project_asks_for() -> None:
    text = (matrix.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'requires-python = ">={".".join(map(str, matrix.LOWEST))}"' in text
