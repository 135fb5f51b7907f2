"""Which property a name in a request means: names know no case, and user-defined fields go by number, name or tag."""

import re

from listloop.sandbox.maximizer.book import Account
from listloop.sandbox.maximizer.things import Property, Thing, udf_property

_UDF = re.compile(r"(?:/?\w+/)?udf/\$(typeid|name|tag)\((.*)\)", re.IGNORECASE | re.DOTALL)


def find(account: Account, thing: Thing, name: str) -> Property | None:
    """The property, or None for one that the object hasn't got."""
    udf = _UDF.fullmatch(name)
    if udf is None:
        return thing.properties.get(name.lower())
    if thing.name not in {"AbEntry", "Campaign"}:
        return None
    how, what = udf[1].lower(), udf[2]
    if how == "typeid":
        found = account.udfs.get(int(what)) if what.isdigit() else None
    elif how == "tag":
        found = next((one for one in account.udfs.values() if one.tag and one.tag == what), None)
    else:
        folder, _, own = what.rpartition("\\")
        known = next((key for key, title in account.folders.items() if title.casefold() == folder.casefold()), "")
        found = account.udf_named(own, known if folder else None)
    return udf_property(found) if found else None
