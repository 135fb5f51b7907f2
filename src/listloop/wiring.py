"""Settings become objects here: the one place that knows which class is which."""
