"""`application` is what `startproject` writes; `with_static` adds the files of the admin, as `runserver` does."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django_site.settings")

from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402

application = get_asgi_application()
with_static = ASGIStaticFilesHandler(application)
