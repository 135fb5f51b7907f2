"""Kill real runs over HTTP at random moments, and see that nothing comes of it; ``python -m`` does it."""
