"""The stock tables of Sage CRM that are imitated, with the names, lengths and spelling of their columns.

Lengths are in characters, as in the schema of a stock database; customers change them.
"""

from dataclasses import dataclass

KINDS = {"text", "memo", "int", "number", "moment", "day", "check", "select", "multi"}


@dataclass(frozen=True, slots=True)
class Column:
    """``name`` is spelled as in the database. ``size`` None: no limit. ``family`` names the captions of a selection."""

    name: str
    kind: str = "text"
    size: int | None = None
    mandatory: bool = False
    readonly: bool = False
    title: str = ""
    family: str = ""

    @property
    def low(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Table:
    """``number`` is Sage's own number of the entity; 0 for what has none."""

    name: str
    prefix: str
    key: str
    number: int
    columns: tuple[Column, ...]

    def column(self, low: str) -> Column | None:
        return next((one for one in self.columns if one.low == low), None)


def _column(word: str) -> Column:
    """``Name``, ``Name:35``, ``Name:kind`` or ``Name:40:select``; a ``!`` at the end says mandatory."""
    name, *rest = word.removesuffix("!").split(":")
    kind = next((one for one in rest if one in KINDS), "text")
    size = next((int(one) for one in rest if one.isdigit()), 40 if kind == "select" else None)
    return Column(name, kind, size, mandatory=word.endswith("!"), family=name if kind in {"select", "multi"} else "")


def _table(name: str, prefix: str, number: int, words: str) -> Table:
    columns = [_column(one) for one in words.split()]
    key = columns[0]
    columns[0] = Column(key.name, "int", readonly=True)
    for audit, kind in (
        ("CreatedBy", "int"), ("CreatedDate", "moment"), ("UpdatedBy", "int"), ("UpdatedDate", "moment"),
        ("TimeStamp", "moment"), ("Deleted", "int"), ("SecTerr", "int"),
    ):  # fmt: skip
        columns.append(Column(f"{prefix}{audit}", kind, readonly=audit != "SecTerr"))
    return Table(name, prefix, key.low, number, tuple(columns))


_ALL = (
    _table(
        "Person", "Pers_", 13,
        "Pers_PersonId Pers_CompanyId:int Pers_PrimaryAddressId:int Pers_PrimaryUserId:int Pers_Salutation:10:select "
        "Pers_FirstName:35 Pers_LastName:40! Pers_MiddleName:30 Pers_Suffix:20 Pers_Gender:6:select Pers_Title:50 "
        "Pers_TitleCode:40:select Pers_Department:35 Pers_Status:40:select Pers_Source:40:select "
        "Pers_Territory:40:select Pers_WebSite:40 Pers_MailRestriction:40:select Pers_OptOut:check "
        "Pers_ChannelID:int pers_promote:check pers_departmentcode:30 pers_segmentid:int pers_obfuscated:check",
    ),
    _table(
        "Company", "Comp_", 5,
        "Comp_CompanyId Comp_PrimaryPersonId:int Comp_PrimaryAddressId:int Comp_PrimaryUserId:int Comp_Name:60! "
        "Comp_Type:40:select Comp_Status:40:select Comp_Source:40:select Comp_Territory:40:select "
        "Comp_Revenue:40:select Comp_Employees:40:select Comp_Sector:40:select Comp_WebSite:100 "
        "Comp_MailRestriction:40:select Comp_OptOut:check Comp_ChannelID:int comp_promote:check "
        "comp_obfuscated:check",
    ),
    _table("Email", "Emai_", 0, "Emai_EmailId Emai_EmailAddress:255!"),
    _table(
        "EmailLink", "ELink_", 0,
        "ELink_LinkID ELink_EmailId:int! ELink_EntityID:int! ELink_RecordID:int! ELink_Type:40:select!",
    ),
    _table("Phone", "Phon_", 0, "Phon_PhoneId Phon_CountryCode:5 Phon_AreaCode:20 Phon_Number:21 Phon_FullNumber:46"),
    _table(
        "PhoneLink", "PLink_", 0,
        "PLink_LinkID PLink_PhoneId:int! PLink_EntityID:int! PLink_RecordID:int! PLink_Type:40:select!",
    ),
    _table(
        "Address", "Addr_", 0,
        "Addr_AddressId Addr_Address1:40 Addr_Address2:40 Addr_Address3:40 Addr_Address4:40 Addr_Address5:40 "
        "Addr_City:30 Addr_State:30 Addr_PostCode:10 Addr_Country:30:select",
    ),
    _table(
        "Address_Link", "AdLi_", 0,
        "AdLi_AddressLinkId AdLi_AddressId:int! AdLi_CompanyID:int AdLi_PersonID:int AdLi_Type:40:select",
    ),
    _table(
        "Communication", "Comm_", 6,
        "Comm_CommunicationId Comm_Type:40:select Comm_Action:40:select Comm_Status:40:select Comm_Priority:40:select "
        "Comm_DateTime:moment Comm_ToDateTime:moment Comm_OutCome:40:select Comm_Note:memo Comm_Email:memo "
        "Comm_Description:memo Comm_Subject:255 Comm_From:memo Comm_TO:memo Comm_OpportunityId:int "
        "Comm_ChannelId:int Comm_TargetListId:int Comm_WaveItemId:int Comm_MailChimpCampaignId:40 "
        "comm_completedtime:moment comm_percentcomplete:int comm_obfuscated:check",
    ),
    _table(
        "Comm_Link", "CmLi_", 0,
        "CmLi_CommLinkId CmLi_Comm_CommunicationId:int! CmLi_Comm_UserId:int CmLi_Comm_PersonId:int "
        "CmLi_Comm_CompanyId:int CmLi_Comm_LeadID:int CmLi_Comm_WaveResponse:40",
    ),
    _table(
        "Opportunity", "Oppo_", 10,
        "Oppo_OpportunityId Oppo_PrimaryCompanyId:int Oppo_PrimaryPersonId:int Oppo_AssignedUserId:int "
        "Oppo_Description:50 Oppo_Type:40:select Oppo_Source:40:select Oppo_Note:memo Oppo_Opened:moment "
        "Oppo_Closed:moment Oppo_Status:15:select Oppo_Stage:20:select Oppo_Forecast:number Oppo_Forecast_CID:int "
        "Oppo_Certainty:int Oppo_Total:number Oppo_Total_CID:int Oppo_WaveItemId:int",
    ),
    _table(
        "Lead", "Lead_", 44,
        "Lead_LeadID Lead_PersonFirstName:35 Lead_PersonLastName:40 Lead_PersonEmail:255 Lead_CompanyName:60 "
        "Lead_Status:40:select Lead_Description:50 Lead_PrimaryPersonId:int",
    ),
    _table("Notes", "Note_", 0, "Note_NoteId Note_Note:memo Note_ForeignTableId:int Note_ForeignId:int"),
    _table(
        "Users", "User_", 0,
        "User_UserId User_Logon:40 User_FirstName:40 User_LastName:40 User_EmailAddress:255 "
        "User_PrimaryChannelId:int User_Language:10 User_Disabled:check User_Resource:check",
    ),
    _table(
        "Custom_Captions", "Capt_", 0,
        "Capt_CaptionId Capt_Family:40 Capt_Code:40 Capt_Order:int Capt_US:memo Capt_UK:memo Capt_DE:memo Capt_ES:memo",
    ),
    _table("Currency", "Curr_", 0, "Curr_CurrencyID Curr_Symbol:10 Curr_Rate:number"),
    _table(
        "Custom_Reports", "Repo_", 0,
        "Repo_ReportId Repo_Name:80 Repo_SearchId:int Repo_PrivateView:30 Repo_Static:check Repo_Category:40",
    ),
    _table("Custom_ReportSearches", "Rese_", 0, "Rese_ReportSearchId Rese_ReportId:int Rese_SQLText:memo"),
    _table("DDField", "DdFld_", 0, "DdFld_FieldId DdFld_CategoryId:int DdFld_Name:80"),
    _table("DData", "DData_", 0, "DData_DataId DData_FieldId:int DData_Entity:40 DData_EntityId:int DData_Value:40"),
    _table("Campaigns", "Camp_", 0, "Camp_CampaignId Camp_Name:100 Camp_Status:15"),
    _table("Waves", "Wave_", 0, "Wave_WaveId Wave_CampaignId:int! Wave_Name:100"),
    _table("WaveItems", "WaIt_", 0, "WaIt_WaveItemId WaIt_WaveId:int! WaIt_Name:100"),
)  # fmt: skip

#: The tables by their name in lower case, as the server finds them.
TABLES: dict[str, Table] = {one.name.lower(): one for one in _ALL}

PERSON, COMPANY = 13, 5
"""The entity numbers that links to e-mail addresses and phones carry."""
