"""A playground for modern deep learning architectures: small networks, trained for real, watched while they learn."""

__version__ = "0.1.0"
