"""Suites: lists of samples, built from data files, imported or exported."""
