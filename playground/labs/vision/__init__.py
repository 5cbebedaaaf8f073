"""Image classifiers, their attention and their saliency."""
