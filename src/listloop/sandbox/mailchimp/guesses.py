"""What nobody outside Mailchimp knows for sure, each as a switch. A default is the likelier or the harsher answer."""

from listloop.sandbox.switches import Switch

_DOCS = "Mailchimp API reference, silent on it"
_THREADS = "public issue threads, contradicting or old"
_PLUGIN = "behaviour of the official WooCommerce plugin"

GUESSES = (
    Switch("archived_in_unfiltered", True, "GET members without status lists archived members too.", _DOCS),
    Switch("since_inclusive", True, "since_* filters include the very second.", _DOCS),
    Switch("before_inclusive", True, "before_* filters include the very second.", _DOCS),
    Switch("segment_batch_bumps", False, "Tagging through a segment's batch moves last_changed.", _DOCS),
    Switch("membership_touches_segment", True, "A segment's updated_at moves when its members change.", _DOCS),
    Switch("segment_takes_unsubscribed", False, "A segment's batch accepts members who are not subscribed.", _THREADS),
    Switch("interests_bump", True, "Changed interests move last_changed.", _THREADS),
    Switch("permissions_bump", True, "Changed marketing permissions move last_changed.", _DOCS),
    Switch("enrichment_bumps", False, "Place and mail program, found out by an open, move last_changed.", _DOCS),
    Switch("patch_archived_refused", True, "PATCH of an archived member is 405; else it revives.", _THREADS),
    Switch("put_revives_archived", True, "PUT of an archived member revives it; else Member Exists.", _THREADS),
    Switch("archived_optout_barred", True, "Archived after an own opt-out or bounce: subscribed is refused.", _DOCS),
    Switch(
        "readd_after_admin_unsubscribe", True, "Unsubscribed by the API or an admin may be subscribed by API.", _THREADS
    ),
    Switch(
        "batch_readds_unsubscribed",
        True,
        "So does POST /lists/{id}; else it answers as for who is in compliance state.",
        "a pull request of 2026 says it does not any more",
    ),
    Switch(
        "under_review", False, "The account is under review: who is subscribed by API comes back as pending.", _THREADS
    ),
    Switch("patch_to_transactional", True, "PATCH takes the status transactional.", _PLUGIN),
    Switch("pending_on_cleaned", False, "A cleaned member may be set to pending (a new confirmation mail).", _DOCS),
    Switch("pending_on_complained", False, "A member who complained may be set to pending.", _DOCS),
    Switch("pending_leaves_subscribed", True, "A subscribed member set to pending leaves subscribed.", _DOCS),
    Switch(
        "pending_days",
        60,
        "Days after which a pending member who does not confirm is dropped; 0: never.",
        "Mailchimp help: about two months",
        (60, 0),
    ),
    Switch("unsubscribe_cleaned", True, "A cleaned member may be set to unsubscribed.", _DOCS),
    Switch("optout_to_transactional", False, "An unsubscribed or cleaned member may be set to transactional.", _DOCS),
    Switch("downgrade_to_transactional", True, "A subscribed member may be set to transactional.", _PLUGIN),
    Switch("cleaned_by_api", True, "The API may set a member to cleaned.", _PLUGIN),
    Switch("status_if_new_revives", True, "status_if_new counts for an archived member, as if it were new.", _DOCS),
    Switch("put_status_creates", True, "PUT of a new address takes status when status_if_new is missing.", _THREADS),
    Switch("put_create_tags", False, "PUT of a new address honours tags in the body.", _THREADS),
    Switch(
        "change_needs_subscribed",
        True,
        "Only a subscribed member's address may be changed; else all but cleaned.",
        _THREADS,
    ),
    Switch("archived_keeps_address", True, "An archived member's address is taken for an address change.", _DOCS),
    Switch(
        "bulk_shows_contact_id",
        True,
        "Members in the answers of bulk calls and of segments show contact_id.",
        "not in 3.0.55, in the SDK of 2026",
    ),
    Switch(
        "stats_are_live",
        True,
        "The statistics of an audience are counted at once; else as old as five minutes.",
        "Mailchimp API reference: five minutes; live by default for short tests",
    ),
    Switch("refuse_big_count", True, "A count above 1000 is a 400; else it is capped.", _THREADS),
    Switch(
        "unknown_fields_ignored", True, "Unknown names in fields are ignored; else a 400.", "recorded traffic of 2021"
    ),
    Switch("fields_on_writes", True, "fields works on the answers to POST, PUT and PATCH.", _THREADS),
    Switch("delete_fires_webhook", True, "DELETE of a member fires unsubscribe with action=delete.", _DOCS),
    Switch("forget_fires_webhook", True, "delete-permanent fires unsubscribe with action=delete.", _DOCS),
    Switch(
        "complaint_fires_cleaned",
        False,
        "A complaint fires cleaned with reason=abuse; else unsubscribe.",
        "Mailchimp webhook guide: both shapes",
    ),
    Switch(
        "validate_webhooks",
        True,
        "A webhook's address must answer a GET with 200.",
        "known; off for receivers that are not up yet",
    ),
    Switch("storage_refuses_auth", True, "The address of a batch's results refuses an Authorization header.", _DOCS),
    Switch("webhook_defaults_off", True, "Events and sources left out when a webhook is made are false.", _DOCS),
    Switch("webhooks_signed", True, "Webhooks made by the API are signed.", "Mailchimp webhook guide, 2026"),
    Switch(
        "webhook_retry_steps",
        "5,60,300,900,1800,3600,4500",
        "Seconds after the first delivery at which a webhook is retried.",
        "Mailchimp webhook guide: 75 minutes in all, steps not told",
        (),
        r"(\d{1,9}(,\d{1,9})*)?",
    ),
    Switch("batch_body_limit", 0, "Largest body of POST /batches in bytes; 0: none.", _DOCS, ()),
    Switch("single_host_takes_keys", True, "api.mailchimp.com works for keys of every datacenter.", "SDK of 2026"),
    Switch(
        "tags_ignore_case", True, "Tag names are matched without regard to case and keep their first spelling.", _DOCS
    ),
    Switch(
        "reports_keep_address",
        True,
        "A report shows the address a mail went to, also after the address changed.",
        _DOCS,
    ),
    Switch(
        "reply_to_needs_verified_domain",
        False,
        "The checklist refuses a reply-to address of a domain not verified.",
        "Mailchimp help; off for made-up addresses",
    ),
    Switch("tag_name_limit", 100, "Longest tag name in characters.", _DOCS, (100, 50, 255)),
    Switch(
        "segment_condition_limit",
        10,
        "Conditions of a segment.",
        "Mailchimp documentation of 2026; older help says 5",
        (10, 5),
    ),
    Switch("merge_field_limit", 30, "Merge fields per audience.", "Mailchimp help, by plan", (30, 80)),
    Switch(
        "fake_domains",
        "example.com,example.net,example.org,test.com",
        "Domains, and whole addresses, that are refused as fake, separated by commas.",
        "public issue threads",
        (),
    ),
    Switch("throttled_addresses", "", "Addresses that have signed up too often lately.", "public issue threads", ()),
)
