"""What `unillm.gateway` offers is the same whatever was imported before."""

import subprocess
import sys

import pytest

import unillm.gateway

ORDERS = [
    "from unillm.gateway import app; from unillm.gateway import app as again; assert app is again",
    "import unillm.gateway.serving; from unillm.gateway import app",
    "from unillm.gateway import serve, app",
    "import unillm.gateway as gateway; app = gateway.app",
]


@pytest.mark.parametrize("order", ORDERS)
def test_app_is_the_function(order):
    done = subprocess.run(
        [sys.executable, "-c", f"{order}; print(type(app).__name__)"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stderr, done.stdout) == ("", "function\n")


@pytest.mark.parametrize("name", unillm.gateway.__all__)
def test_no_module_has_the_name_of_what_is_offered(name):
    assert f"unillm.gateway.{name}" not in sys.modules
