"""The composition: settings, HTTP, SQL, services, command line."""
