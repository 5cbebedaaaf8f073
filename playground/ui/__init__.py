"""Parts that tabs share: the film bar, forms, images that a visitor uploads, the theme. It knows no lab."""
