"""The contract in pyproject.toml covers every room; `make floors` enforces it."""

import re
import tomllib

from tests.house.sources import PACKAGE, ROOT

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
    "importlinter"
]["contracts"]
FLOORS, PURE = (
    next(contract for contract in CONTRACTS if contract["id"] == name)
    for name in ("floors", "pure")
)
LAYERS = [re.findall(r"\w+", layer) for layer in FLOORS["layers"]]


def rooms() -> set[str]:
    """Give the rooms of the house as they are on disk."""
    return {
        path.stem
        for path in PACKAGE.iterdir()
        if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").exists()
    }


def test_every_room_has_a_floor() -> None:
    assert rooms() <= {room for layer in LAYERS for room in layer}


def test_every_room_below_the_drivers_is_pure() -> None:
    flow = next(height for height, layer in enumerate(LAYERS) if "_flow" in layer)
    low = {room for layer in LAYERS[flow:] for room in layer}
    assert set(PURE["source_modules"]) == {f"unillm.{room}" for room in rooms() & low}
