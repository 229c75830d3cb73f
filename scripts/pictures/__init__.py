"""Pictures: joint maps and the figures of the experiments."""
