"""What a field of a deal in the CRM says: which campaigns won it."""

from __future__ import annotations

from collections.abc import Sequence

from listloop.core.attribution import apportion

MORE = " …"


def deal_note(earned: Sequence[tuple[str, int]], most: int) -> str:
    """Campaigns with their share in percent, who earned most first, such as “May (75 %), June (25 %)”.

    ``earned`` are titles with what each earned (of a deal that is worth nothing, any measure of it), the first first;
    ``most`` is how many characters fit: campaigns that do not are told by “…”. One that won all of it stands alone,
    those without a share are left out; without campaigns it is "".
    """
    titles = [" ".join(title.split()) for title, _ in earned]
    percents = apportion(100, [abs(share) for _, share in earned])
    ranked = sorted((-percent, place) for place, percent in enumerate(percents) if percent)
    if len(ranked) == 1:
        return _cut(titles[ranked[0][1]], most)
    parts = [f"{titles[place]} ({-percent} %)" for percent, place in ranked]
    for number in range(len(parts), 0, -1):
        told = ", ".join(parts[:number]) + (MORE if number < len(parts) else "")
        if len(told) <= most:
            return told
    return _cut(parts[0] if parts else "", most)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: max(0, most - 1)].rstrip() + "…"
