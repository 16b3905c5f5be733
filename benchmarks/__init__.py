"""The numbers the README quotes, each reproducible by one command."""
