"""What the stock columns of a person hold, and what administrators are asked to add."""

from __future__ import annotations

from listloop.core.side import FieldType

FLAG, MEMBER_ID = "pers_mc_sync", "pers_mc_memberid"
"""The columns *Sync with Mailchimp* and *Mailchimp ID*, unless the settings name others."""

#: Stock columns of a person that people map, in the order in which they are proposed: title and characters that fit.
STOCK: dict[str, tuple[str, int]] = {
    "pers_firstname": ("First name", 35),
    "pers_lastname": ("Last name", 40),
    "pers_middlename": ("Middle name", 30),
    "pers_title": ("Job title", 50),
    "pers_department": ("Department", 35),
    "pers_salutation": ("Salutation", 10),
    "pers_suffix": ("Suffix", 20),
    "pers_gender": ("Gender", 6),
    "pers_titlecode": ("Title code", 40),
    "pers_status": ("Status", 40),
    "pers_source": ("Source", 40),
    "pers_territory": ("Territory", 40),
    "pers_website": ("Web site", 40),
    "pers_mailrestriction": ("Mail restriction", 40),
    "pers_departmentcode": ("Department code", 30),
}

#: Columns that are Sage's own business, or shown by the record itself.
HIDDEN = frozenset(
    {
        "pers_personid",
        "pers_companyid",
        "pers_primaryaddressid",
        "pers_primaryuserid",
        "pers_channelid",
        "pers_workflowid",
        "pers_accountid",
        "pers_intid",
        "pers_intforeignid",
        "pers_intlastsyncdate",
        "pers_promote",
        "pers_optout",
        "pers_segmentid",
        "pers_integratedsystems",
        "pers_obfuscated",
        "pers_librarydir",
        "pers_createdby",
        "pers_createddate",
        "pers_updatedby",
        "pers_updateddate",
        "pers_timestamp",
        "pers_deleted",
        "pers_secterr",
        "pers_emailaddress",
        "pers_phonenumber",
        "pers_phonecountrycode",
        "pers_phoneareacode",
        "pers_phonefullnumber",
        "pers_faxnumber",
    }
)

#: The columns of an address, by the part of it that each is; shown beside the person, and only read.
ADDRESS: dict[str, str] = {
    "addr_address1": "Street",
    "addr_address2": "Street, second line",
    "addr_city": "City",
    "addr_state": "State",
    "addr_postcode": "Postal code",
    "addr_country": "Country",
}

COMPANY = "comp_name"

PHONE, MOBILE = "phon_business", "phon_mobile"
"""The person's phones of these kinds, which are no columns of the person; only read."""

#: Which type a prototype's ``$type`` means, by a part of its name; the exact names are not documented.
TYPES: tuple[tuple[str, FieldType], ...] = (
    ("multi", FieldType.CHOICES),
    ("select", FieldType.CHOICE),
    ("datetime", FieldType.DATETIME),
    ("date", FieldType.DATE),
    ("bool", FieldType.YES_NO),
    ("check", FieldType.YES_NO),
    ("currency", FieldType.MONEY),
    ("decimal", FieldType.NUMBER),
    ("double", FieldType.NUMBER),
    ("float", FieldType.NUMBER),
    ("int", FieldType.NUMBER),
    ("number", FieldType.NUMBER),
    ("phone", FieldType.PHONE),
    ("url", FieldType.URL),
)

#: How a setting names the types, for servers whose prototypes call everything a text.
WORDS: dict[str, FieldType] = {
    "text": FieldType.TEXT,
    "number": FieldType.NUMBER,
    "date": FieldType.DATE,
    "time": FieldType.DATETIME,
    "yesno": FieldType.YES_NO,
    "choice": FieldType.CHOICE,
    "choices": FieldType.CHOICES,
    "phone": FieldType.PHONE,
    "url": FieldType.URL,
}
