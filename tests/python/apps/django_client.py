"""What a person does with the Django site: its folder and user are made, forms are read and sent."""

import os
import re
import subprocess
import sys

import httpx

from apps.program import SERVED

USER, PASSWORD = "admin", "a long word"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
FILE = os.urandom(3_000_000)


def make_site(folder, debug: bool = False) -> dict[str, str]:
    """Makes database, user and file in `folder`; returns the variables of the site."""
    environment = {
        "DJANGO_SETTINGS_MODULE": "django_site.settings",
        "DJANGO_FOLDER": str(folder),
        "DJANGO_DEBUG": "1" if debug else "0",
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
    }
    (folder / "file.bin").write_bytes(FILE)
    manage("migrate", "--verbosity", "0", environment=environment)
    manage("createsuperuser", "--noinput", "--username", USER, "--email", "a@b.example", environment=environment)
    return environment


def manage(*arguments: str, environment: dict[str, str]):
    command = [sys.executable, "-m", "django", *arguments]
    variables = {**os.environ, **environment, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(SERVED)}
    done = subprocess.run(command, cwd=SERVED, env=variables, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def token(page: httpx.Response) -> str:
    """The token against forged requests in a page's form."""
    return TOKEN.search(page.text)[1]


def log_in(client: httpx.Client, password: str = PASSWORD) -> httpx.Response:
    form = {"csrfmiddlewaretoken": token(client.get("/admin/login/")), "username": USER, "password": password}
    return client.post("/admin/login/?next=/admin/", data=form, headers={"referer": f"{client.base_url}/admin/login/"})
