"""The command line, and what looks whether this installation works."""
