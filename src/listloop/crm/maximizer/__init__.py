"""Maximizer CRM, in the cloud (Octopus API) and on-premise (Maximizer.Web.Data)."""

from listloop.crm.maximizer.side import MaximizerCrm, adapter

__all__ = ["MaximizerCrm", "adapter"]
