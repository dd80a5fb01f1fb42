"""Weights on the Hugging Face hub, fetched ahead of time, verified, and looked for without a network."""
