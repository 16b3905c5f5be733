"""The numbers README and docs/numbers.md quote, each reproducible by one command."""
