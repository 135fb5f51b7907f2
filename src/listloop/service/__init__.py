"""Jobs, schedule and health: the only importer of the job engine."""
