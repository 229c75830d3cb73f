"""Labels that words of one language get from those of others."""
