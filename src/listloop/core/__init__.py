"""The pure rules: people, merge, consent, matching, mapping, decisions, guard, recovery. Standard library only."""
