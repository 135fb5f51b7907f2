"""Recipients of a campaign as its reports name them: by the address they had, or by the one they have now."""

from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.audience import contact_id, md5, web_id_of
from listloop.sandbox.mailchimp.campaign import Campaign, Recipient
from listloop.sandbox.mailchimp.render import MemberView
from listloop.sandbox.wire import Json


class Who:
    """What is the same for all recipients is found out once."""

    def __init__(self, ask: Ask, campaign: Campaign) -> None:
        self.campaign = campaign
        self.audience = ask.account.audiences.get(campaign.list_id)
        self.view = MemberView(self.audience, ask.base) if self.audience else None
        self.old_address = bool(ask.switches["reports_keep_address"])
        self.list_keys: Json = {"list_id": campaign.list_id, "list_is_active": self.audience is not None}

    def find(self, key: str) -> Recipient | None:
        """By the MD5 of the address, by contact id, or by the plain address."""
        wanted = md5(key) if "@" in key else key
        member = self.audience.find(wanted) if self.audience else None
        number = member.web_id if member else web_id_of(wanted)
        found = self.campaign.recipients.get(number)
        contact = contact_id(self.campaign.list_id, number)
        if found is not None and wanted not in {contact, self.keys(found)["email_id"]}:
            found = None  # went to an address that was another's then
        if found is None:
            known = self.campaign.recipients.values()
            found = next((to for to in known if self.keys(to)["email_id"] == wanted), None)
        return found

    def keys(self, to: Recipient) -> Json:
        member = self.audience.numbered(to.web_id) if self.audience and not self.old_address else None
        return {"email_id": member.id if member else to.email_id, "email_address": member.email if member else to.email}

    def status(self, to: Recipient) -> str:
        """The status of the contact now; deleted contacts are shown as archived."""
        member = self.audience.numbered(to.web_id) if self.audience else None
        return member.status if member else "archived"

    def person(self, to: Recipient) -> Json:
        member = self.audience.numbered(to.web_id) if self.audience else None
        fields = self.view.merge_fields(member) if self.view and member else {}
        return {**self.keys(to), "merge_fields": fields, "vip": bool(member and member.vip)}
