"""Stands in for timm."""
