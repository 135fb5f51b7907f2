"""A stand-in for the Mailchimp Marketing API 3.0."""
