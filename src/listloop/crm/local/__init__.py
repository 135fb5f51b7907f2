"""The built-in CRM: companies, people, custom fields, groups, consent, on Listloop's own database."""

from listloop.crm.local.side import LocalCrm, adapter, open_local

__all__ = ["LocalCrm", "adapter", "open_local"]
