"""Pulumi providers for `aws`, `docker-build` and `random` whose cloud is the emulator."""
