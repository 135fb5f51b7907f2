"""The built-in CRM: companies, people, custom fields, groups, consent, on Listloop's own database."""
