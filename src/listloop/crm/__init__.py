"""The CRMs: a registry of adapters, each in a folder of its own."""
