"""Stand-ins for the outside services, with real HTTP, state and rules. Imports nothing else of ours."""
