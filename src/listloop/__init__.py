"""Listloop keeps a CRM and a Mailchimp audience in step, both ways, and closes the loop."""
