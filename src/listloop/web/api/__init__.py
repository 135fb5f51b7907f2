"""The REST API: what the pages and the command line do, for programs; described by ``/api/v1/openapi.json``."""
