"""The run engine: plan, journal, stages, resume, results."""
