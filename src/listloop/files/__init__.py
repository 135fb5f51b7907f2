"""Files as people have them: exports of CRMs and of Mailchimp, read as the two sides of a connection; written, too."""
