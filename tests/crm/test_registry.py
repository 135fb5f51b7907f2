from collections.abc import Sequence
from importlib.metadata import EntryPoint

import pytest

from listloop.core.errors import NeedsAttention
from listloop.crm import registry
from listloop.crm.local import adapter as local


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The built-in CRM, one whose module is missing, and one that is not an adapter."""
    points = [
        EntryPoint("local", "listloop.crm.local:adapter", registry.GROUP),
        EntryPoint("lost", "no_such_package:adapter", registry.GROUP),
        EntryPoint("odd", "os:path", registry.GROUP),
    ]

    def entry_points(*, group: str, name: str | None = None) -> Sequence[EntryPoint]:
        return [one for one in points if one.group == group and name in {None, one.name}]

    monkeypatch.setattr(registry, "entry_points", entry_points)


def test_the_built_in_crm_is_installed() -> None:
    assert registry.adapter("local") is local
    assert local in registry.adapters()


def test_an_unknown_crm_is_answered_with_those_there_are(installed: None) -> None:
    with pytest.raises(NeedsAttention, match=r"no CRM named “sap”.*local, lost, odd") as caught:
        registry.adapter("sap")
    assert caught.value.code == "crm-unknown"


@pytest.mark.parametrize("name", ["lost", "odd"])
def test_a_broken_crm_says_so_by_name(installed: None, name: str) -> None:
    with pytest.raises(NeedsAttention, match=rf"“{name}” is installed but.*local, lost, odd") as caught:
        registry.adapter(name)
    assert caught.value.code == "crm-broken"
    assert caught.value.detail


def test_a_broken_crm_hinders_no_other(installed: None) -> None:
    assert registry.adapters() == (local,)
