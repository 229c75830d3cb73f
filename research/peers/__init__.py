"""What other programs reach on the same files, measured by one evaluator."""
