"""What the tests of the supervisor share: applications, processes, and load that notices what is lost."""
