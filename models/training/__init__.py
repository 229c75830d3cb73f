"""Training by gradient steps: rates, seeds, and games between networks."""
