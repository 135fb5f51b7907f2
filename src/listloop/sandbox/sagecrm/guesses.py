"""What nobody outside Sage knows for sure, each as a switch. A default is the likelier or the harsher answer."""

from listloop.sandbox.switches import Switch

_SAGE = "Sage's developer pages, silent on it"
_STANDARD = "SData 2.0 standard; Sage CRM may do less"
_SEEN = "seen in public code that runs against installations"

GUESSES: tuple[Switch, ...] = (
    Switch(
        "operators",
        "strict",
        "Only the published operators of where, or others as well.",
        _SEEN,
        ("strict", "permissive"),
    ),
    Switch(
        "unknown_operator", "400", "How a where that is not understood is answered.", _SAGE, ("400", "500", "zero rows")
    ),
    Switch(
        "order_by",
        "sorted",
        "orderBy sorts from 2024 R2 on; before, it is ignored or refused.",
        "Sage, 2024 R2",
        ("sorted", "ignored", "refused"),
    ),
    Switch(
        "links", "exposed", "Whether EmailLink, PhoneLink and Comm_Link are resources.", _SAGE, ("exposed", "hidden")
    ),
    Switch("views", "exposed", "Whether vPersonEmail and other views can be read.", _SEEN, ("exposed", "hidden")),
    Switch("captions", "exposed", "Whether Custom_Captions can be read.", _SEEN, ("exposed", "hidden")),
    Switch("reports", "hidden", "Whether Custom_Reports and DData can be read.", _SAGE, ("hidden", "exposed")),
    Switch("nulls", "absent", "An empty column is left out of a row, or null.", _STANDARD, ("absent", "null")),
    Switch("key", "number", "$key is a number, or a text.", _STANDARD, ("number", "text")),
    Switch("casing", "schema", "How columns are spelled in a row.", _SEEN, ("schema", "lower", "upper")),
    Switch("checkbox", "Y", "An unticked box is nothing, an empty text, or false.", _SAGE, ("Y", "empty", "boolean")),
    Switch(
        "moments",
        "offset",
        "Times carry the server's offset, a Z, or no zone.",
        "Sage shows an offset, a connector reads Z",
        ("offset", "Z", "naive"),
    ),
    Switch("amounts", "number", "Amounts are numbers, or texts of the server's locale.", _SEEN, ("number", "text")),
    Switch("page", 10, "Rows of a page when count is not given.", _SAGE, (10, 100)),
    Switch("most", 1000, "Rows of a page at most.", _SEEN, (1000, 200, 100)),
    Switch(
        "unknown_column", "ignored", "An unknown name in select is ignored, or refused.", _SAGE, ("ignored", "refused")
    ),
    Switch("patch", "allowed", "PATCH works, or only PUT does.", "Sage shows both", ("allowed", "405")),
    Switch(
        "put",
        "partial",
        "PUT changes the columns that it names, or empties the others.",
        "Sage's sample; the standard says whole",
        ("partial", "whole"),
    ),
    Switch("overflow", "refused", "A text that is too long is refused, or cut unseen.", _SAGE, ("refused", "cut")),
    Switch("mandatory", "400", "How a missing mandatory field is answered.", _SAGE, ("400", "500", "accepted")),
    Switch(
        "error_body",
        "diagnoses",
        "How an error says why.",
        "the standard; never seen of Sage CRM",
        ("diagnoses", "diagnosis", "xml", "html", "empty"),
    ),
    Switch(
        "prototype_types",
        "rich",
        "Whether $prototypes tells selections and dates from texts.",
        _SAGE,
        ("rich", "plain"),
    ),
    Switch("prototype_lengths", False, "Whether $prototypes tells lengths.", _SAGE),
    Switch(
        "child_moves_person",
        False,
        "Whether a change of an e-mail address moves the person's own updated date.",
        "practitioners: no",
    ),
    Switch("timestamps", False, "Whether a where takes times of day.", _STANDARD),
    Switch(
        "json",
        "clean",
        "JSON comes clean, with a comma too many, or with a byte order mark.",
        "Sage's client allows for commas",
        ("clean", "trailing comma", "BOM"),
    ),
    Switch(
        "script",
        "off",
        "A table-level script that capitalises last names, or refuses some.",
        "Sage: scripts run on REST writes",
        ("off", "upper", "reject"),
    ),
    Switch("logon_page", False, "A proxy answers everything with an HTML sign-in page and 200.", _SEEN),
    Switch(
        "hidden_columns",
        "",
        "Columns that the user's field security hides, separated by commas.",
        "Sage, field security",
        (),
    ),
    Switch(
        "readonly_columns",
        "",
        "Columns that the user's field security keeps from being written.",
        "Sage, field security",
        (),
    ),
    Switch("territory", 0, "Only rows of this territory are shown (0: all).", "Sage, territories", ()),
    Switch(
        "zone",
        "-05:00",
        "The server's offset from UTC in winter; one hour more in summer.",
        "Sage's example",
        (),
        r"[+-]\d\d:\d\d",
    ),
    Switch("soap", "enabled", "Whether web services are switched on.", "Sage, web services", ("enabled", "disabled")),
)
