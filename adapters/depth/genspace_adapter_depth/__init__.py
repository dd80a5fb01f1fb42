"""Depth estimators for GenSpace: metric depth through transformers and the models' own packages."""
