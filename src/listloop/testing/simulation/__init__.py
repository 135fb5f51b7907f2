"""Random histories of a connection with faults and crashes, held against the promises; ``python -m`` runs them."""
