"""The guide's pages that are made from the code, and its formulas."""
