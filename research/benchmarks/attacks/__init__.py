"""What callers may do to the service, and what it costs: memory, seconds, answers of others."""
