"""What the suites share: the server under test, raw clients of HTTP/1.1 and HTTP/2, certificates."""
