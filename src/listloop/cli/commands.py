"""Every command, registered by importing its module."""

from listloop.cli import connect, demo, history, mapping, people, sandbox, serve, status, syncing

__all__ = ["connect", "demo", "history", "mapping", "people", "sandbox", "serve", "status", "syncing"]
