"""Every operation that is imitated, in one table."""

from listloop.sandbox.mailchimp import batches, bulk, fields, groups, history, hooks, lists, members, segments
from listloop.sandbox.mailchimp.members import Handler
from listloop.sandbox.wire import Route

_MODULES = (lists, members, history, fields, groups, bulk, segments, batches, hooks)
ROUTES: list[Route[Handler]] = [route for module in _MODULES for route in module.ROUTES]
