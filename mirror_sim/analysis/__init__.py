"""Functions on sessions and rate arrays, of a model or of a monkey alike."""
