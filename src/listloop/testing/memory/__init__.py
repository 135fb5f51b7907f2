"""Sides that live in memory: they pass ``SideTests``, and stand in for the real ones everywhere else."""

from listloop.testing.memory.audience import AUDIENCE, MemoryAudience
from listloop.testing.memory.base import Clock, MemorySide
from listloop.testing.memory.crm import CRM, MemoryCrm
from listloop.testing.memory.faulty import Crash, Fault, Faulty, FaultyAudience, FaultyCrm, Plan

__all__ = [
    "AUDIENCE",
    "CRM",
    "Clock",
    "Crash",
    "Fault",
    "Faulty",
    "FaultyAudience",
    "FaultyCrm",
    "MemoryAudience",
    "MemoryCrm",
    "MemorySide",
    "Plan",
]
