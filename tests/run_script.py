"""The file `./run` as a module."""

import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

RUN = Path(__file__).parents[1] / "run"


def load() -> ModuleType:
    spec = spec_from_loader("run", SourceFileLoader("run", str(RUN)))
    assert spec is not None
    assert spec.loader is not None
    loaded = module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "dont_write_bytecode", True)  # it would lie beside ./run
        spec.loader.exec_module(loaded)
    return loaded
