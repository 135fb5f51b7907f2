"""Every operation that is imitated, in one table."""

from listloop.sandbox.mailchimp import (
    audience_numbers,
    batch_hooks,
    batches,
    bulk,
    campaign_actions,
    campaigns,
    corners,
    coverage,
    exports,
    feedback,
    fields,
    groups,
    history,
    hooks,
    library,
    lists,
    members,
    report_numbers,
    report_parts,
    reports,
    segments,
    shops,
    templates,
)
from listloop.sandbox.mailchimp.members import Handler
from listloop.sandbox.wire import Route

_WHOLE = (
    lists, members, history, fields, groups, bulk, segments, batches, hooks, batch_hooks, campaigns, feedback,
    campaign_actions, reports, report_parts, report_numbers, templates, library, audience_numbers, exports,
)  # fmt: skip
_PARTLY = (shops, corners)
STATEFUL: list[Route[Handler]] = [route for module in _WHOLE for route in module.ROUTES]
MINIMAL: list[Route[Handler]] = [route for module in _PARTLY for route in module.ROUTES]
ROUTES: list[Route[Handler]] = [*STATEFUL, *MINIMAL]
ALL: list[Route[Handler]] = [*ROUTES, *coverage.refusals(ROUTES)]
