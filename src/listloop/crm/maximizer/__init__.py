"""Maximizer CRM, in the cloud (Octopus API) and on-premise (Maximizer.Web.Data)."""

from listloop.crm.maximizer.options import adapter
from listloop.crm.maximizer.side import MaximizerCrm

__all__ = ["MaximizerCrm", "adapter"]
