"""Schema, Folder and User: what an Address Book can hold, and who uses it."""

from typing import Any

from listloop.sandbox.maximizer.book import Account, Udf, User
from listloop.sandbox.maximizer.keys import ident_of, key_text
from listloop.sandbox.maximizer.problems import Failure, denied
from listloop.sandbox.maximizer.reading import get
from listloop.sandbox.maximizer.things import ABSENT, TABLE, THINGS, options_of
from listloop.sandbox.switches import Switches

Json = dict[str, Any]
ROOT = key_text("RootFolder", ("0", 0))
RIGHTS = (
    "AddressBook",
    "UserDefinedFieldSetup",
    "UserDefinedFields",
    "Notes",
    "Campaign",
    "InteractionLog",
    "Opportunity",
)


class Definitions:
    """Answers for one user."""

    def __init__(self, account: Account, switches: Switches, user: User, salt: str = "") -> None:
        self.account = account
        self.switches = switches
        self.user = user
        self.salt = salt

    # --- Schema --------------------------------------------------------------------------------------------------

    def schema(self, block: Json) -> Json:
        """The properties below a path, those that apply to one of these types."""
        query = get(block, "Criteria", "SearchQuery") or {}
        path = str(get(query, "Key", "$TREE") or "/").rstrip("/").lower()
        applies = set(get(query, "AppliesTo", "$IN") or ())
        rows = [*self._fixed(), *(self._udf(one) for one in self.account.udfs.values())]
        found = [one for one in rows if one["Key"].lower().startswith(path or "/")]
        return {"Data": [one for one in found if not applies or applies & set(one["AppliesTo"])]}

    def _fixed(self) -> list[Json]:
        rows = []
        there = (one for name, one in THINGS.items() if name not in ABSENT or self.switches[ABSENT[name]])
        for thing in there:
            for one in thing.properties.values():
                listed = bool(one.options and options_of(self.account, one))
                rows.append({
                    "Key": f"/{thing.name}/{one.name}", "Name": one.name, "Type": one.type, "Folder": None,
                    "AppliesTo": sorted(one.applies) if thing.name == "AbEntry" else [thing.name],
                    "Assignable": one.writable, "Nullable": one.name not in thing.mandatory, "HasOption": listed,
                    "Attributes": {"MaxLength": one.most, "MultiSelect": one.multi}, "Inactive": False,
                    "Mandatory": None, "AlwaysMandatory": one.name == "LastName", "Sortable": True, "TAG": "",
                })  # fmt: skip
        return rows

    def _udf(self, one: Udf) -> Json:
        name = self.account.folders.get(one.folder, "")
        folder = {"Key": self._folder_key(one.folder), "Name": name, "Path": name} if one.folder else None
        return {
            "Key": f"/AbEntry/Udf/$TYPEID({one.number})", "Name": one.name, "Type": one.type, "Folder": folder,
            "AppliesTo": list(one.applies), "Assignable": True, "Nullable": True, "HasOption": one.type == TABLE,
            "Attributes": dict(one.attributes), "Inactive": one.inactive, "Mandatory": None, "AlwaysMandatory": False,
            "Sortable": True, "TAG": one.tag,
        }  # fmt: skip

    def make_udf(self, block: Json) -> Json:
        """A new user-defined field. Raises Failure where the user may not, or the name is taken."""
        self._may_set_up()
        data = get(block, "Data") or {}
        name, type_ = str(get(data, "Name") or ""), str(get(data, "Type") or "")
        if not name or not type_:
            raise Failure(-10010, "Schema: Name and Type are mandatory")
        folder = self._folder_part(get(data, "Folder"))
        if self.account.udf_named(name, folder) and self.switches["udf_twice"] == "refused":
            raise Failure(-1, f"A user-defined field named '{name}' exists already")
        made = self.add(
            name, type_, tuple(get(data, "AppliesTo") or ("Company", "Individual", "Contact")), folder,
            dict(get(data, "Attributes") or {}), (),
        )  # fmt: skip
        return {"Data": {**data, "Key": f"/AbEntry/Udf/$TYPEID({made.number})"}}

    def change_udf(self, block: Json, *, delete: bool = False) -> Json:
        """Rename or retire a field, or delete it with all its values. Raises Failure."""
        self._may_set_up()
        data = get(block, "Data") or {}
        text = str(get(data, "Key") or "")
        number = text.rpartition("(")[2].rstrip(")")
        found = self.account.udfs.get(int(number)) if number.isdigit() else None
        if found is None:
            raise Failure(-1, "The user-defined field was not found")
        if delete:
            del self.account.udfs[found.number]
            for row in self.account.of("AbEntry").values():
                row.values.pop(found.slot, None)
            return {"Data": data}
        found.name = str(get(data, "Name") or found.name)
        found.tag = str(get(data, "TAG") or found.tag)
        found.inactive = bool(get(data, "Inactive"))
        return {"Data": data}

    def add(
        self, name: str, type_: str, applies: tuple[str, ...], folder: str, attributes: Json, choices: tuple[str, ...]
    ) -> Udf:
        """A field without asking anybody."""
        number = self.account.next_udf
        self.account.next_udf += 1
        if attributes.get("YesNo"):
            options = {"1": "No", "2": "Yes"}
        else:
            options = {str(place): one for place, one in enumerate(choices, start=1)}
        if applies == ("AbEntry",):
            applies = ("Company", "Individual", "Contact")
        made = Udf(number, name, type_, applies, folder, attributes, options)
        self.account.udfs[number] = made
        return made

    # --- Folder --------------------------------------------------------------------------------------------------

    def folders(self) -> Json:
        """Every folder of user-defined fields."""
        rows = [{"Key": self._folder_key(key), "Name": name, "AppliesTo": ["AbEntry"], "ParentKey": ROOT}
                for key, name in self.account.folders.items()]  # fmt: skip
        return {"Data": rows}

    def make_folder(self, block: Json) -> Json:
        """A new folder below the root."""
        self._may_set_up()
        data = get(block, "Data") or {}
        key = self.folder_named(str(get(data, "Name") or ""), make=True)
        return {"Data": {**data, "Key": self._folder_key(key)}}

    def folder_named(self, name: str, *, make: bool = False) -> str:
        """The key part of a folder; "" for none."""
        found = next((key for key, one in self.account.folders.items() if one.casefold() == name.casefold()), "")
        if not found and make and name:
            found = str(len(self.account.folders) + 1)
            self.account.folders[found] = name
        return found

    def _folder_key(self, part: str) -> str:
        return key_text("UdfSetup", (part, 0))

    def _folder_part(self, given: Any) -> str:
        key = get(given, "Key") if isinstance(given, dict) else given
        part = ident_of(key)[0] if key else ""
        if part and part != "0" and part not in self.account.folders:
            raise Failure(-1, "The folder was not found")
        return "" if part == "0" else part

    def _may_set_up(self) -> None:
        if "udf-setup" in self.user.denied:
            raise denied("User-defined field setup")

    # --- User ----------------------------------------------------------------------------------------------------

    def users(self, block: Json) -> Json:
        """Users by key; ``$CURRENTUSER()`` is who asks."""
        wanted = get(block, "Criteria", "SearchQuery", "Key", "$EQ")
        uid = self.user.uid if wanted == "$CURRENTUSER()" else get(wanted, "Uid") if isinstance(wanted, dict) else None
        found = [one for one in self.account.users.values() if uid in (None, one.uid)]
        return {"Data": [self._user(one) for one in found]}

    def _user(self, one: User) -> Json:
        denied_ = one.denied
        whole = {right: {name: name.lower() not in denied_ for name in ("Create", "Read", "Update", "Delete")}
                 for right in RIGHTS}  # fmt: skip
        whole["UserDefinedFieldSetup"]["Create"] = "udf-setup" not in denied_
        for right, thing in (("Notes", "Note"), ("InteractionLog", "InteractionLog"), ("Opportunity", "Opportunity")):
            if thing in denied_:
                whole[right] = dict.fromkeys(whole[right], False)
        return {
            "Key": {"Value": key_text("User", (one.uid, 0)), "Uid": one.uid}, "DisplayName": one.name,
            "Permissions": whole, "Privileges": {"ModifySystemTables": "tables" not in denied_},
            "AccessType": {"WebAccess": one.web_access}, "Enabled": True,
        }  # fmt: skip
