"""The CRMs that are installed: each registers an ``Adapter`` under the entry point group ``listloop.crm``."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points

from listloop.core.abilities import Arrangement, Kept, Renews, SetsUp
from listloop.core.errors import NeedsAttention
from listloop.core.side import Adapter, Crm

GROUP = "listloop.crm"


def names() -> tuple[str, ...]:
    """The names of the CRMs that are installed, whether or not they load."""
    return tuple(sorted({one.name for one in entry_points(group=GROUP)}))


def adapters() -> tuple[Adapter, ...]:
    """Every CRM that is installed and loads, by name; a broken one hinders nobody who uses another."""
    loaded = []
    for name in names():
        try:
            loaded.append(adapter(name))
        except NeedsAttention:
            continue
    return tuple(loaded)


def adapter(name: str) -> Adapter:
    """The CRM of that name. Raises ``NeedsAttention``, naming those there are, where it is unknown or broken."""
    found = entry_points(group=GROUP, name=name)
    if not found:
        raise NeedsAttention(
            f"There is no CRM named “{name}”.",
            f"Choose one of: {', '.join(names()) or 'none is installed'}.",
            code="crm-unknown",
        )
    return _load(next(iter(found)))


def opened(name: str, settings: Mapping[str, str], kept: Kept | None) -> Crm:
    """The CRM of that name, with these settings; a secret that it renews by itself stays in ``kept``."""
    crm = adapter(name).open(settings)
    if kept is not None and isinstance(crm, Renews):
        crm.renew_in(kept)
    return crm


def arranged(crm: Crm) -> Arrangement:
    """What a CRM needs before it is connected, found or made. Raises NeedsAttention naming a right that is missing."""
    return crm.set_up() if isinstance(crm, SetsUp) else Arrangement()


def _load(point: EntryPoint) -> Adapter:
    fix = f"Install it again or remove it. The CRMs that are installed: {', '.join(names())}."
    try:
        loaded = point.load()
    except Exception as error:  # any mistake of somebody else's package
        raise NeedsAttention(
            f"The CRM “{point.name}” is installed but does not load.", fix, code="crm-broken", detail=repr(error)
        ) from error
    if not isinstance(loaded, Adapter):
        raise NeedsAttention(
            f"The CRM “{point.name}” is installed but is not an adapter.",
            fix,
            code="crm-broken",
            detail=f"{point.value} is a {type(loaded).__name__}, not a listloop.core.side.Adapter",
        )
    return loaded
