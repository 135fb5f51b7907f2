"""The use cases: preview, run, recover, undo. They see only the Side protocol and the store."""
