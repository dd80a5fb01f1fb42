"""Google's Gemini image models for GenSpace: they make pictures, and edit them."""
