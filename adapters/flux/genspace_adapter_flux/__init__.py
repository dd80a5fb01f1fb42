"""FLUX for GenSpace: FLUX.1, FLUX.2 and klein, and Kontext, which edits."""
