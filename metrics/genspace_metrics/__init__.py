"""Scoring of reconstructed scenes: the published protocol and the corrected one."""
