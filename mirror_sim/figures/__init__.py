"""Figures: each module computes what it plots first, then draws it; the style is in one place."""
