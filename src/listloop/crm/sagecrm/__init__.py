"""Sage CRM, on-premise and cloud, by its REST API (SData 2.0)."""

from listloop.crm.sagecrm.side import SageCrm, adapter

__all__ = ["SageCrm", "adapter"]
