"""Create, Update and Delete: one record at a time, each in a transaction of its own."""

from typing import Any

from listloop.sandbox.maximizer.book import PERSONS, Account, Row, User
from listloop.sandbox.maximizer.events import noted
from listloop.sandbox.maximizer.keys import Ident, ident_of
from listloop.sandbox.maximizer.names import find
from listloop.sandbox.maximizer.problems import Failure, denied, mandatory, unsupported
from listloop.sandbox.maximizer.reading import OURS, get
from listloop.sandbox.maximizer.shapes import Shapes
from listloop.sandbox.maximizer.things import KEY, THINGS, Property, Thing, default_slot, options_of, raw
from listloop.sandbox.switches import Switches

Json = dict[str, Any]
REFUSED_TYPES = frozenset({"60002", "60003", "60004"})


class Writer:
    """Carries out the object blocks of a write for one user, at one moment."""

    def __init__(self, shapes: Shapes, switches: Switches, user: User, now: int) -> None:
        self.shapes = shapes
        self.account: Account = shapes.account
        self.switches = switches
        self.user = user
        self.now = now

    def write(self, method: str, thing: Thing, block: Json) -> Json:
        """The block's answer: an echo of what was sent, stored or not. Raises Failure."""
        options = get(block, "FieldOptions")
        if options is not None and get(block, "Data") is None:
            return {
                "FieldOptions": {name: self._change_options(thing, name, rows, block) for name, rows in options.items()}
            }
        data = get(block, "Data")
        if not isinstance(data, dict):
            raise Failure(-1, f"{thing.name}: Data is missing")
        self._allowed(method, thing)
        given = {name: value for name, value in data.items() if name.lower() != "key"}
        before: Json = {}
        if method == "Create":
            row = self._create(thing, given)
        else:
            row = self._row(thing, get(data, "Key"))
            before = dict(row.values)
            if method == "Update":
                self._update(thing, row, given)
            else:
                self._delete(row)
        noted(self.shapes, self.switches, method, row, before, self.now)
        echo = dict(data)
        for name in echo:
            if name.lower() == "key":
                echo[name] = self.shapes.key(thing.name, row.ident)
        return {"Data": echo}

    def _allowed(self, method: str, thing: Thing) -> None:
        if method not in thing.writes:
            raise Failure(-1, f"{thing.name} does not support {method}")
        if method.lower() in self.user.denied or thing.name in self.user.denied:
            raise denied(f"{method} of {thing.name}")
        if thing.name == "Opportunity" and method == "Delete" and self.switches["deal_delete_denied"]:
            raise denied("Delete of Opportunity")

    def _row(self, thing: Thing, key: Any) -> Row:
        found = self.account.of(thing.name).get(ident_of(key, self.shapes.salt))
        if found is None or (found.hidden and not self.user.administrator):
            raise Failure(-1, f"The {thing.name} was not found")
        return found

    # --- values --------------------------------------------------------------------------------------------------

    def _taken(self, thing: Thing, given: Json, kind: str = "", *, making: bool) -> dict[str, Any]:
        taken: dict[str, Any] = {}
        for name, value in given.items():
            found = find(self.account, thing, name)
            if found is None or not found.writable or (found.made_only and not making):
                raise unsupported(thing.name, name)
            if found.type in {"Address", "SecAccess"}:
                taken[found.name] = value
                continue
            content = self._short(found, self.shapes.take(found, value))
            if thing.name == "AbEntry" and kind and kind not in found.applies:
                if found.name.startswith("Udf/") and self.switches["udf_by_person_only"]:
                    continue
                raise unsupported(kind, name)
            if isinstance(value, dict) and get(value, "Description") is not None:
                taken[f"{found.name}Description"] = get(value, "Description")
            taken[found.name] = content
        return taken

    def _short(self, found: Property, content: Any) -> Any:
        if isinstance(content, str) and found.most is not None and len(content) > found.most:
            if self.switches["too_long"] == "refused":
                raise Failure(-10003, f"'{found.name}' takes at most {found.most} characters")
            return content[: found.most]
        return content

    # --- entries and the rest ------------------------------------------------------------------------------------

    def _create(self, thing: Thing, given: Json) -> Row:
        kind = ""
        if thing.name == "AbEntry":
            above = get(given, "ParentKey")
            kind = str(get(given, "Type") or ("Contact" if above else "Company"))
        taken = self._taken(thing, given, kind, making=True)
        if thing.name == "AbEntry":
            taken["Type"] = kind
            row = Row(thing.name, self._entry_ident(kind, taken), created=self.now, changed=self.now)
        else:
            self._checked(thing, taken)
            letter = "LE" if thing.name == "Lead" else thing.letter
            row = Row(thing.name, (self.account.new_id(self.now, letter), 0), created=self.now, changed=self.now)
        self._store(row, taken, making=True)
        if thing.name == "InteractionLog" and self.switches["last_contacted"]:
            self._contacted(row)
        row.values["Creator"] = self.user.uid
        self.account.put(row)
        return row

    def _contacted(self, row: Row) -> None:
        entry = self.account.of("AbEntry")[row.values["AbEntryKey"]]
        at = row.values.get("StartDate")
        if isinstance(at, int) and at // 86_400 == self.now // 86_400:
            entry.values["LastContactDate"] = at

    def _entry_ident(self, kind: str, taken: dict[str, Any]) -> Ident:
        needed = "CompanyName" if kind == "Company" else "LastName"
        if kind not in {"Company", *PERSONS}:
            raise Failure(-1, f"'{kind}' is no type of entry")
        if not taken.get(needed):
            raise mandatory("AbEntry", needed)
        if kind != "Contact":
            return self.account.new_id(self.now, "C"), 0
        above = taken.get("ParentKey")
        if not above or (above[0], 0) not in self.account.of("AbEntry"):
            raise mandatory("AbEntry", "ParentKey")
        return above[0], self.account.numbers[above[0]] + 1

    def _checked(self, thing: Thing, taken: dict[str, Any]) -> None:
        for name in thing.mandatory:
            if not taken.get(name):
                raise mandatory(thing.name, name)
        if thing.name == "InteractionLog":
            options = options_of(self.account, thing.properties["type"])
            absent = taken["Type"] == OURS and not self.switches["campaign_type"]
            if taken["Type"] not in options or taken["Type"] in REFUSED_TYPES or absent:
                raise Failure(-10002, "This type of interaction is not allowed")
        for name in ("ParentKey", "AbEntryKey", "ContactKey"):
            target = "Campaign" if thing.name == "CampaignSubscriber" else "AbEntry"
            if taken.get(name) and taken[name] not in self.account.of(target):
                raise Failure(-1, f"{thing.name}: the entry in {name} was not found")

    def _update(self, thing: Thing, row: Row, given: Json) -> None:
        kind = row.values.get("Type", "") if thing.name == "AbEntry" else ""
        if thing.name == "FavoriteList" and not self.switches["members_replace"]:
            given = {name: value for name, value in given.items() if name.lower() != "memberkeys"}
        taken = self._taken(thing, given, kind, making=False)
        if kind == "Contact" and "CompanyName" in taken:
            if self.switches["company_name_refused"]:
                raise unsupported("Contact", "CompanyName")
            del taken["CompanyName"]
        needed = "CompanyName" if kind == "Company" else "LastName"
        if kind and needed in taken and not taken[needed]:
            raise Failure(-10003, f"AbEntry: {needed} is mandatory")
        before = {name: raw(self.account, row, name) for name in taken}
        moves = self._store(row, taken, making=False)
        if moves:
            row.changed = self.now
        if self.switches["audit_notes"] and thing.name == "AbEntry":
            self._note(row, before, taken)

    def _store(self, row: Row, taken: dict[str, Any], *, making: bool) -> bool:
        """Whether LastModifyDate moves."""
        address = taken.pop("Address", None)
        if row.damaged:
            taken = {name: value for name, value in taken.items() if not name.startswith("Udf/")}
        for name, value in taken.items():
            row.values[default_slot(row, name) if name in {"Email", "Phone"} else name] = value
        moves = any(not name.startswith("Udf/") or self.switches["udf_moves_entry"] for name in taken)
        if isinstance(address, dict):
            self._address(row, address)
            moves = moves or bool(self.switches["address_moves_entry"])
        return moves or making or row.thing != "AbEntry"

    def _address(self, row: Row, given: Json) -> None:
        thing = THINGS["address"]
        parts = {name: value for name, value in given.items() if name.lower() not in {"key", "parentkey"}}
        taken = self._taken(thing, parts, making=False)
        own = (one for one in self.account.of("Address").values() if one.values["ParentKey"] == row.ident)
        there = next((one for one in own if one.values.get("Default")), None)
        if there is None:
            there = Row("Address", (self.account.new_id(self.now, "A"), 0), {"ParentKey": row.ident, "Default": True})
            there.created = self.now
            self.account.put(there)
        there.values |= taken
        there.changed = self.now

    def _note(self, row: Row, before: dict[str, Any], taken: dict[str, Any]) -> None:
        told = "; ".join(f"{name} changed from {before[name]} to {taken[name]}" for name in taken if name in before)
        ident = (self.account.new_id(self.now, "N"), 0)
        values = {"ParentKey": row.ident, "DateTime": self.now, "Text": told, "Type": "2"}
        self.account.put(Row("Note", ident, values, self.now, self.now))

    def _delete(self, row: Row) -> None:
        gone = [row]
        if row.thing == "AbEntry" and row.ident[1] == 0 and self.switches["company_takes_contacts"]:
            gone = list(self.account.family(row.ident[0]))
        for one in gone:
            self.account.of(one.thing).pop(one.ident, None)
            for thing in THINGS.values():
                refs = [
                    name.name for name in thing.properties.values() if name.type == KEY and name.name == "ParentKey"
                ]
                for child in [item for item in self.account.of(thing.name).values() if item.thing != "AbEntry"]:
                    if refs and child.values.get("ParentKey") == one.ident:
                        self.account.of(thing.name).pop(child.ident, None)

    # --- the items of lists --------------------------------------------------------------------------------------

    def _change_options(self, thing: Thing, name: str, rows: list[Json], block: Json) -> list[Json]:
        if "tables" in self.user.denied:
            raise denied("Modify system tables")
        found = find(self.account, thing, name)
        if found is None:
            raise unsupported(thing.name, name)
        options = options_of(self.account, found)
        asked = get(block, "Options") or {}
        if get(asked, "Replace"):
            options.clear()
        shown = []
        for one in rows:
            key = get(one, "Key")
            if get(asked, "Remove"):
                options.pop(str(key), None)
                for row in self.account.of(thing.name).values():
                    held = row.values.get(found.name)
                    if isinstance(held, list) and key in held:
                        held.remove(key)
            elif key is None or get(asked, "Modify") or get(asked, "Replace"):
                key = key or str(max((int(known) for known in options), default=0) + 1)
                options[str(key)] = str(get(one, "Name") or get(one, "DisplayValue") or "")
            shown.append({**one, "Key": str(key)})
        return shown
