"""A Django project of one file a purpose: settings, addresses, views."""
