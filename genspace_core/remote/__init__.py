"""What adapters for models behind an HTTP API share: keys, errors, limits, answers, result addresses.

Nothing here paces or tries again: adapters say what happened, and the run engine decides.
"""
