"""How probable a translation is, estimated from two vocabularies without a dictionary."""
