"""Numbers about images: how far generated ones are from real ones, in the features of a network that ships."""
