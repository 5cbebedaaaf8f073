"""Diffusion and flow models: one denoiser, and the many ways to train it and to walk from noise to a picture."""
