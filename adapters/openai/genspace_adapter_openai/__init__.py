"""OpenAI's image models for GenSpace, and servers that speak as OpenAI's does."""
