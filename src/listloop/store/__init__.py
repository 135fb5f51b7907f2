"""The database: connections, readings, links, runs, decisions, history, secrets; one module per noun."""
