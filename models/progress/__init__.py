"""What a running fit tells, and what it keeps so that it can be resumed."""
