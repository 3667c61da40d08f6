"""Subjects: circuits that lived through scenes."""
