"""The platform on one machine: Lambda, its Invoke API, and the HTTP API in front of it, one process per sandbox."""
