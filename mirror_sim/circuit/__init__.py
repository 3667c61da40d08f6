"""Cells, populations, projections and learning rules: plain data."""
