"""The steps that bring the tables of the built-in CRM up to date: forward only, none is ever edited."""
