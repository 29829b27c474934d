"""What the suites share: servers under test, a raw client, and the kit that their applications are made of."""
