"""The wheel that users install is complete, and works without the checkout."""

import email.message
import email.parser
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import unillm
from tests.house.sources import PACKAGE, ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

WHERE = """
import importlib.metadata, pathlib, sys
sys.path.insert(0, sys.argv[1])
import unillm
print(pathlib.Path(unillm.__file__).parent)
print(importlib.metadata.version("unillm-sdk"))
"""
ANSWERS = """
import sys
sys.path.insert(0, sys.argv[1])
import unillm
from unillm.testing import FakeProvider
assert unillm.__file__.startswith(sys.argv[1]), unillm.__file__
with FakeProvider() as fake:
    providers = [unillm.Provider("openai", base_url=fake.base_url, api_key="test")]
    with unillm.Client(providers=providers) as client:
        response = client.chat("Say hello.", model="openai:gpt-5.5")
print(response.text)
"""


def python(*arguments: str | Path) -> str:
    """Run this interpreter outside the checkout and give what it printed."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONPATH" and not name.lower().endswith("_proxy")
    }
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=environment | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INDEX": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel without network."""
    folder = tmp_path_factory.mktemp("wheel")
    python("-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into a folder of its own."""
    folder = tmp_path_factory.mktemp("installed")
    python("-m", "pip", "install", "-q", "--no-deps", "--target", folder, wheel)
    return folder


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> email.message.Message:
    """Read the wheel's METADATA."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        return email.parser.Parser().parsestr(archive.read(name).decode())


def test_the_wheel_holds_every_file_of_the_package_and_no_other(wheel: Path) -> None:
    sources = {
        str(path.relative_to(PACKAGE.parent))
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
        licences = [name for name in archive.namelist() if name.endswith("/licenses/LICENSE")]
    assert packed == sources
    data = {"pricing/prices.toml", "limits/budgets.lua", "routing/use_cases.toml"}
    assert {"unillm/py.typed", *(f"unillm/{name}" for name in data)} <= packed
    assert len(licences) == 1


def test_the_metadata_says_what_the_project_says(metadata: email.message.Message) -> None:
    assert metadata["Name"] == "unillm-sdk"
    assert metadata["Version"] == unillm.__version__
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"
    assert set(metadata.get_all("Provides-Extra", [])) == set(PROJECT["optional-dependencies"])


def test_the_metadata_requires_what_the_project_requires(metadata: email.message.Message) -> None:
    required = [
        re.split(r"[^\w.-]", line)[0]
        for line in metadata.get_all("Requires-Dist", [])
        if "extra ==" not in line
    ]
    wanted = [re.split(r"[^\w.-]", line)[0] for line in PROJECT["dependencies"]]
    assert sorted(required) == sorted(wanted)


def test_only_tested_pythons_are_claimed(metadata: email.message.Message) -> None:
    claimed = [
        line.rpartition(" :: ")[2]
        for line in metadata.get_all("Classifier", [])
        if re.search(r":: 3\.\d+$", line)
    ]
    assert claimed == ["3.11", "3.12", "3.13"]  # what `make test-all` ran on


def test_the_installed_wheel_is_what_is_imported(installed: Path) -> None:
    folder, version = python("-c", WHERE, installed).split()
    assert Path(folder) == installed / "unillm"
    assert version == unillm.__version__


def test_the_installed_wheel_answers(installed: Path) -> None:
    assert python("-W", "error", "-c", ANSWERS, installed).strip()
