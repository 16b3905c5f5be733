"""The promise between router, services, infrastructure and local stack. Imports none of them."""
