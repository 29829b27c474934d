"""The same site over WSGI; `asgi` is that through a2wsgi, for a server that takes ASGI alone."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django_site.settings")

from a2wsgi import WSGIMiddleware  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402

application = get_wsgi_application()
asgi = WSGIMiddleware(application)
