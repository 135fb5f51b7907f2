"""Every operation that is imitated, in one table."""

from listloop.sandbox.mailchimp import (
    batches,
    bulk,
    campaign_actions,
    campaigns,
    fields,
    groups,
    history,
    hooks,
    lists,
    members,
    report_parts,
    reports,
    segments,
    templates,
)
from listloop.sandbox.mailchimp.members import Handler
from listloop.sandbox.wire import Route

_MODULES = (
    lists, members, history, fields, groups, bulk, segments, batches, hooks, campaigns, campaign_actions, reports,
    report_parts, templates,
)  # fmt: skip
ROUTES: list[Route[Handler]] = [route for module in _MODULES for route in module.ROUTES]
