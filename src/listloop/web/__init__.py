"""The pages, the REST API and the webhook receiver."""
