"""Views, synchronous and asynchronous."""

import asyncio
import hashlib
import threading

from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.http import HttpResponse, JsonResponse
from django.template import engines
from django.views import View
from django.views.decorators.csrf import csrf_exempt

FORM = '<form method="post">{% csrf_token %}<input name="word" value="{{ word }}"></form>'


def meta(request):
    wanted = ("SERVER_NAME", "SERVER_PORT", "REMOTE_ADDR", "SCRIPT_NAME", "HTTP_X_THING", "CONTENT_TYPE", "QUERY_STRING")
    said = {name: request.META.get(name) for name in wanted}
    return JsonResponse({**said, "path": request.path, "url": request.build_absolute_uri(), "secure": request.is_secure()})


def sync_view(request):
    return JsonResponse({"main": threading.current_thread() is threading.main_thread(), "method": request.method})


async def async_view(request):
    await asyncio.sleep(0.01)
    return JsonResponse({"main": threading.current_thread() is threading.main_thread(), "tag": request.GET.getlist("tag")})


async def users(request):
    return JsonResponse({"names": [user.username async for user in User.objects.order_by("username")]})


@csrf_exempt
def upload(request):
    file = request.FILES["file"]
    digest = hashlib.sha256()
    for piece in file.chunks():
        digest.update(piece)
    name = default_storage.save(file.name, file)
    stored = default_storage.size(name)
    return JsonResponse(
        {"name": file.name, "stored": stored, "sha256": digest.hexdigest(), "note": request.POST.get("note")}
    )


@csrf_exempt
async def length(request):
    return JsonResponse({"length": len(request.body), "type": request.content_type})


def bug(request):
    raise ValueError("a bug of the view")


class Form(View):
    def get(self, request):
        template = engines["django"].from_string(FORM)
        return HttpResponse(template.render({"word": request.session.get("word", "")}, request))

    def post(self, request):
        request.session["word"] = request.POST["word"]
        return HttpResponse(request.POST["word"], status=201)
