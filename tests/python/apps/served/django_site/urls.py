"""Addresses of the site."""

from django.contrib import admin
from django.urls import path

from django_site import streams, views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("meta/", views.meta),
    path("sync/", views.sync_view),
    path("async/", views.async_view),
    path("users/", views.users),
    path("upload/", views.upload),
    path("length/", views.length),
    path("bug/", views.bug),
    path("form/", views.Form.as_view()),
    path("stream/sync/", streams.synchronous),
    path("stream/async/", streams.asynchronous),
    path("stream/endless/", streams.endless),
    path("file/", streams.file),
    path("slow/", streams.slow),
    path("ended/", streams.ended),
]
