"""Stands in for torchvision, which Metric3D's hubconf.py asks for."""
