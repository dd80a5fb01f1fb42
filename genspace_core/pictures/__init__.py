"""Pictures that somebody already has: which file answers which question. Nothing here writes or decodes."""
