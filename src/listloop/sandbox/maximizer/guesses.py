"""What nobody outside Maximizer knows for sure, each as a switch; the numbers are those of the list of behaviours.

A default is the likelier or the harsher answer.
"""

from listloop.sandbox.switches import Switch

_DOCS = "Octopus API documentation, silent on it"
_NOTES = "notes from live cloud tenants"
_GUESS = "a guess"

GUESSES = (
    Switch(
        "version",
        "2024",
        "The release: older ones have no personal access tokens; cloud wants a vendor ID and an app key.",
        "the product's releases",
        ("2015 R2", "2016", "2017 R2", "2024", "cloud"),
    ),
    Switch("region", "CAN", "The cloud's data centre.", "the product's releases", ("CAN", "UK")),
    Switch("web_data", True, "Maximizer.Web.Data is installed; else its addresses are a 404 page.", _DOCS),
    Switch("bearer_header", True, "The token may come in a header; else only as Token in the body.", "older samples"),
    Switch(
        "expired_token",
        "401",
        "3: what an expired or revoked token gets: HTTP 401, Code -2, or Code -1 with text.",
        _NOTES,
        ("401", "-2", "-1"),
    ),
    Switch("refresh_rotates", True, "4: using an OAuth refresh token gives a new one, and the old one ends.", _DOCS),
    Switch(
        "error_shape",
        "objects",
        "6: where an error's number is: in Msg's objects, at the top as Code, or nowhere (texts only).",
        _NOTES,
        ("objects", "top", "texts"),
    ),
    Switch("unknown_scope_field", "no-rows", "11: an unknown field in Scope: no rows, or an error.", _NOTES,
           ("no-rows", "error")),
    Switch("keys_change", False, "13: a record's key text is another one in each session.", _DOCS),
    Switch("key_by_id", True, '13: Key may be asked for by ID: {"$EQ": {"ID": ...}}; else it is refused.', _GUESS),
    Switch("company_name_refused", False, "14: CompanyName written to a Contact is an error; else ignored.", _DOCS),
    Switch("address_in_entry", "null", "16: addresses in AbEntry's scope: null, or as stored.", _NOTES,
           ("null", "stored")),
    Switch("address_moves_entry", False, "16: an edit of an address moves the entry's LastModifyDate.", _GUESS),
    Switch("too_long", "cut", "17: a text longer than MaxLength is cut, or refused.", _DOCS, ("cut", "refused")),
    Switch("udf_by_person_only", True, "17: a person's field written to a Company: Code 0, nothing stored.", _NOTES),
    Switch("udf_twice", "refused", "18: a second field of the same name: refused, or made beside it.", _DOCS,
           ("refused", "made")),
    Switch("udf_moves_entry", True, "20: an edit of a user-defined field moves LastModifyDate.", _GUESS),
    Switch("audit_notes", False, "21: an update leaves a note of what changed on the entry.", _NOTES),
    Switch("last_contacted", True, "21: an interaction of the day sets Date Last Contacted of its entry.", _NOTES),
    Switch("company_takes_contacts", True, "22: deleting a company deletes its contacts.", _GUESS),
    Switch("ne_type_refused", True, "25: $NE on Type is refused.", _DOCS),
    Switch("email_criteria", "slots", "25: how an address is sought: by Email1 (slots), or by Email alone.", _DOCS,
           ("slots", "default")),
    Switch(
        "next_page_key",
        "object-order",
        "26: where the key of the next page is.",
        _DOCS,
        ("object-order", "object", "object-next", "top", "top-next", "absent"),
    ),
    Switch("most_rows", 2000, "26: the largest page.", _GUESS, (2000, 200, 100)),
    Switch("driver_needed", False, "27: a Read that names no SQL driver has no rows.", _NOTES),
    Switch("members_replace", True, "29: MemberKeys in an update are the whole list; else they are ignored.", _GUESS),
    Switch("campaign_type", True, "29: InteractionLog offers a type of its own named Mailchimp.", _NOTES),
    Switch("deal_delete_denied", True, "29: deleting an Opportunity is denied.", _NOTES),
    Switch("email_profile", False, "29: the object EmailProfile is there.", _DOCS),
    Switch("saved_searches", False, "29: the object SavedSearch is there; no page of Maximizer names one.", _GUESS),
    Switch("audit_log", False, "29: the object AuditLog is there.", _DOCS),
    Switch("rate_limit", 0, "30: calls in ten seconds before 429; 0: no limit.", _NOTES, (0, 30, 90)),
    Switch("rate_reply", "retry-after", "30: what is answered then.", _NOTES,
           ("retry-after", "bare", "html", "msg")),
    Switch("rows_in_time", 0, "30: more rows than this on a page get HTTP 408; 0: no limit.", _NOTES, (0, 50)),
    Switch("webhook_entity", "lower", "31: how an event names its entity.", "published samples", ("lower", "as-is")),
    Switch("webhook_version", "null", "31: what an event says as its version.", "published samples",
           ("null", "text", "number")),
    Switch("webhook_local_times", True, "31: times in events are local ones that end in Z.", "published samples"),
    Switch("entry_webhooks", True, "31: webhooks of AbEntry may be subscribed to.", _DOCS),
)  # fmt: skip
"""The positions in which the stand-in starts."""
