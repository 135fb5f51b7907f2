"""The Mailchimp Marketing API: client, errors, payloads, and the audience as a Side."""
