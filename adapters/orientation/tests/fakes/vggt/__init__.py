"""Stands in for the package `vggt`, of which only the aggregator's outside is imitated."""
