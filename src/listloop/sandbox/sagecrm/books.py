"""The state: rows of all tables, users, custom columns, views of groups. Plain data, so that it can be saved."""

from dataclasses import dataclass, field
from typing import Any

from listloop.sandbox.sagecrm.tables import COMPANY, PERSON, TABLES, Column, Table

Row = dict[str, Any]


@dataclass(slots=True)
class User:
    """``rights``: letters of R, I, U, D by table; a table that is missing is allowed everything."""

    number: int
    logon: str
    password: str = ""
    enabled: bool = True
    resource: bool = False
    web_service: bool = True
    rights: dict[str, str] = field(default_factory=dict)

    def may(self, table: str, act: str) -> bool:
        return act in self.rights.get(table, "RIUD")


@dataclass(slots=True)
class Books:
    """Rows by table and number, columns in lower case; an empty column is missing. Deleted rows stay, marked."""

    install: str = "crm"
    rows: dict[str, dict[int, Row]] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)
    custom: dict[str, list[Column]] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    group_views: dict[str, list[int]] = field(default_factory=dict)
    requests: int = 0
    inserts: int = 0
    fail_next: dict[str, int] = field(default_factory=dict)

    def table(self, name: str) -> Table | None:
        """A table by its name in lower case, with the columns that an administrator added."""
        stock = TABLES.get(name)
        more = self.custom.get(name)
        if stock is None or not more:
            return stock
        return Table(stock.name, stock.prefix, stock.key, stock.number, (*stock.columns, *more))

    def live(self, name: str) -> list[Row]:
        """The rows of a table that are not deleted."""
        gone = f"{TABLES[name].prefix.lower()}deleted"
        return [row for row in self.rows.get(name, {}).values() if not row.get(gone)]

    def row(self, name: str, number: int) -> Row | None:
        """A live row by its number."""
        row = self.rows.get(name, {}).get(number)
        return None if row is None or row.get(f"{TABLES[name].prefix.lower()}deleted") else row

    def insert(self, name: str, values: Row, now: int, user: int = 1) -> Row:
        """A new row with the next number; stamped by the server."""
        table = TABLES[name]
        low = table.prefix.lower()
        number = int(values.get(table.key) or self.last.get(name, 0) + 1)
        self.last[name] = max(number, self.last.get(name, 0))
        row = {
            table.key: number, f"{low}createdby": user, f"{low}createddate": now, f"{low}updatedby": user,
            f"{low}updateddate": now, f"{low}secterr": -2147483640,
        }  # fmt: skip
        row |= {key: value for key, value in values.items() if value not in (None, "")}
        row[table.key] = number
        self.rows.setdefault(name, {})[number] = row
        self.inserts += 1
        return row

    def update(self, name: str, row: Row, values: Row, now: int, user: int = 1) -> None:
        """Change columns; an empty value empties its column."""
        low = TABLES[name].prefix.lower()
        for key, value in values.items():
            if value in (None, ""):
                row.pop(key, None)
            else:
                row[key] = value
        row[f"{low}updateddate"] = now
        row[f"{low}updatedby"] = user

    def delete(self, name: str, number: int, now: int, user: int = 1) -> None:
        """Soft: the row stays, marked, with the time."""
        row = self.rows[name][number]
        self.update(name, row, {f"{TABLES[name].prefix.lower()}deleted": 1}, now, user)

    def links_of(self, entity: int, number: int) -> list[Row]:
        """The live links of a person (13) or company (5) to e-mail addresses."""
        return [
            one
            for one in self.live("emaillink")
            if one.get("elink_entityid") == entity and one.get("elink_recordid") == number
        ]

    def business(self, number: int) -> Row | None:
        """The e-mail row behind a person's business address."""
        for link in self.links_of(PERSON, number):
            if str(link.get("elink_type", "")).lower() == "business":
                found = self.row("email", int(link["elink_emailid"]))
                if found:
                    return found
        return None

    def attach(self, entity: int, number: int, address: str, kind: str, now: int, user: int = 1) -> int:
        """Give a person or company an address; the number of the e-mail row."""
        email = self.insert("email", {"emai_emailaddress": address}, now, user)
        link = {
            "elink_emailid": email["emai_emailid"], "elink_entityid": entity, "elink_recordid": number,
            "elink_type": kind,
        }  # fmt: skip
        self.insert("emaillink", link, now, user)
        return int(email["emai_emailid"])


@dataclass(frozen=True, slots=True)
class View:
    """A view over tables: what it shows, and the column that stands for its rows."""

    name: str
    key: str
    columns: tuple[Column, ...]


def views(books: Books) -> dict[str, View]:
    """The views there are, by their names in lower case."""
    person, email, link = (books.table(one) for one in ("person", "email", "emaillink"))
    assert person  # noqa: S101 - stock tables, all three
    assert email  # noqa: S101 - as above
    assert link  # noqa: S101 - as above
    mails = (*(Column(one.low, one.kind, one.size) for one in (*link.columns, *email.columns)), *person.columns[:1])
    joined = (*person.columns, Column("comp_name", "text", 60), Column("emai_emailaddress", "text", 255),
              Column("vmc_updateddate", "moment"))  # fmt: skip
    said, linked = (books.table(one) for one in ("communication", "comm_link"))
    assert said  # noqa: S101 - as above
    assert linked  # noqa: S101 - as above
    told = (*said.columns, *linked.columns)
    found = {
        "vpersonemail": View("vPersonEmail", "elink_linkid", mails),
        "vcompanyemail": View("vCompanyEmail", "elink_linkid", mails),
        "vcommunication": View("vCommunication", "comm_communicationid", told),
        "vmc_person": View("vMC_Person", "pers_personid", joined),
    }
    for name in books.group_views:
        found[name.lower()] = View(name, "pers_personid", joined)
    return found


def view_rows(books: Books, name: str) -> list[Row]:
    """The rows of a view, by its name in lower case."""
    if name in {"vpersonemail", "vcompanyemail"}:
        entity = PERSON if name == "vpersonemail" else COMPANY
        return [
            {**books.rows["email"][one["elink_emailid"]], **one, "pers_personid": one["elink_recordid"]}
            for one in books.live("emaillink")
            if one.get("elink_entityid") == entity and books.row("email", one["elink_emailid"])
        ]
    if name == "vcommunication":
        return [
            {**said, **one}
            for one in books.live("comm_link")
            if (said := books.row("communication", one["cmli_comm_communicationid"]))
        ]
    members = next((ids for title, ids in books.group_views.items() if title.lower() == name), None)
    if members is not None:
        rows = [row for number in members if (row := books.row("person", number))]
        return [_joined(books, row) for row in rows]
    return [_joined(books, row) for row in books.rows.get("person", {}).values()]


def _joined(books: Books, person: Row) -> Row:
    company = books.row("company", int(person.get("pers_companyid") or 0)) or {}
    email = books.business(int(person["pers_personid"])) or {}
    newest = max(person["pers_updateddate"], company.get("comp_updateddate", 0), email.get("emai_updateddate", 0))
    shown = {**person, "vmc_updateddate": newest}
    if company:
        shown["comp_name"] = company.get("comp_name")
    if email:
        shown["emai_emailaddress"] = email["emai_emailaddress"]
    return shown
