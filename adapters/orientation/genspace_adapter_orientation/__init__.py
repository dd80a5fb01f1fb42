"""Orientation estimators for GenSpace: Orient Anything on transformers' DINOv2."""
