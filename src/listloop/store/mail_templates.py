"""Templates that people here made of their campaigns, by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from listloop.core.errors import NeedsAttention
from listloop.store.mailing_tables import mail_templates
from listloop.store.mailings import Body


@dataclass(frozen=True, slots=True)
class KeptTemplate:
    """A template as lists show it."""

    id: int
    name: str
    made_at: datetime
    made_by: str


def keep_template(db: Connection, name: str, body: Body, who: str, now: datetime) -> int:
    """Keep content as a template, in place of the one of that name; its number.

    Raises NeedsAttention where there is no name, or nothing to keep.
    """
    name = name.strip()[:80]
    if not name or not body.html:
        raise NeedsAttention("A template needs a name and content.", "Write both.", code="template")
    db.execute(delete(mail_templates).where(mail_templates.c.name == name))
    row = {"name": name, "design": body.design, "html": body.html, "made_at": now, "made_by": who[:400]}
    return int(db.execute(insert(mail_templates).values(row).returning(mail_templates.c.id)).scalar_one())


def kept_templates(db: Connection) -> list[KeptTemplate]:
    """All of them, by name."""
    known = mail_templates.c
    rows = db.execute(select(known.id, known.name, known.made_at, known.made_by).order_by(known.name))
    return [KeptTemplate(*row) for row in rows]


def template_of(db: Connection, named: str) -> tuple[str, str]:
    """The design and the HTML of the template with that number or name. Raises NeedsAttention for an unknown one."""
    found = next((one for one in kept_templates(db) if named in (str(one.id), one.name)), None)
    if found is None:
        raise NeedsAttention(f"There is no template “{named}”.", "Choose one of the list.", code="template")
    row = db.execute(select(mail_templates).where(mail_templates.c.id == found.id)).one()
    return row.design, row.html


def drop_template(db: Connection, template_id: int) -> bool:
    """Drop a template; False where there is none. Campaigns that began with it keep their content."""
    return bool(db.execute(delete(mail_templates).where(mail_templates.c.id == template_id)).rowcount)
