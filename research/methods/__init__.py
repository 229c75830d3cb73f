"""Methods that only the experiments use; what the library needs too is in `isogloss.models`."""
