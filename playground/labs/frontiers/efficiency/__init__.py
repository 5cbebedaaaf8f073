"""How small a trained network can be made."""
