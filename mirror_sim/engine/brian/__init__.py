"""What a compiled model is made from; all of it is in the key of the model."""
