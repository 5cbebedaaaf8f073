"""Parts that tabs share: how a lab comes onto the page, forms, routes, visitors' pictures. It knows no lab."""
