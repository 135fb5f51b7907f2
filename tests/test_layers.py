"""The shape of the package beyond its imports: a layer for every part, small files, names that speak."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "listloop"
MODULES = sorted(PACKAGE.rglob("*.py"))
OURS = [*MODULES, *sorted((ROOT / "tests").rglob("*.py")), ROOT / "run"]

APART = {"listloop.sandbox", "listloop.testing"}  # not layers: contracts of their own say what they may import


def test_every_package_has_its_layer() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    placed = {name.strip() for layer in layers for name in layer.split("|")} | APART
    parts = [path for path in PACKAGE.iterdir() if path.is_dir() or path.suffix == ".py"]
    found = {f"listloop.{path.stem}" for path in parts if not path.name.startswith("__")}
    assert found - placed == set()


def test_there_are_two_levels_of_folders_at_most() -> None:
    """The steps of a database are a list of their own, not a level of the design."""
    deep = [path for path in MODULES if len(path.relative_to(PACKAGE).parents) > 3]
    assert [path for path in deep if "migrations" not in path.parts] == []


def test_no_module_is_named_after_nothing() -> None:
    assert [path for path in OURS if path.stem in {"utils", "util", "helpers", "common", "manager", "misc"}] == []


def test_no_file_is_longer_than_400_lines() -> None:
    """But a migration step, which is printed from the tables and is as long as what they got."""
    written = [path for path in OURS if "migrations" not in path.parts]
    assert [path for path in written if len(path.read_text().splitlines()) > 400] == []
