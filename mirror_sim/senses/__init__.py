"""What input cells make of a scene."""
