"""Detectors for GenSpace: open-vocabulary boxes and masks through transformers."""
