"""Measurements, each a script that writes its result beside itself."""
