"""nginx as a server of files: one worker, a configuration of its own, and nothing outside a directory of ours."""

from __future__ import annotations

import grp
import os
import pwd
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness import Program

CACHED = """
    open_file_cache max=1000;
    open_file_cache_valid 1s;
    open_file_cache_errors on;"""
"""Descriptors and what is not there are remembered, and looked at again as often as ours are."""

CONFIGURATION = """\
daemon off;
worker_processes {workers};
error_log stderr crit;
pid {scratch}/nginx.pid;
{user}
events {{ worker_connections 1024; }}
http {{
    types {{ text/plain txt; application/octet-stream bin; }}
    access_log off;
    sendfile on;
    tcp_nopush on;
    gzip_static {gzip_static};
    keepalive_requests 1000000000;{more}
    client_body_temp_path {scratch}/body;
    proxy_temp_path {scratch}/proxy;
    fastcgi_temp_path {scratch}/fastcgi;
    uwsgi_temp_path {scratch}/uwsgi;
    scgi_temp_path {scratch}/scgi;
    server {{ listen {address}; root {files}; }}
}}
"""


@dataclass(frozen=True)
class Nginx(Program):
    files: Path = Path()
    scratch: Path = Path()
    more: str = ""

    def command(self, address: str, workers: int) -> list[str]:
        text = CONFIGURATION.format(
            workers=workers,
            scratch=self.scratch,
            user=f"user {user()};" if os.geteuid() == 0 else "",
            gzip_static="on" if has_gzip_static() else "off",
            more=self.more,
            address=address,
            files=self.files,
        )
        configuration = self.scratch / f"nginx-{address}.conf"
        configuration.write_text(text)
        return [str(self.path), "-e", "stderr", "-p", str(self.scratch), "-c", str(configuration)]


def user() -> str:
    """Who runs this: workers of a master that is root would be somebody who may not read the files."""
    return f"{pwd.getpwuid(os.geteuid()).pw_name} {grp.getgrgid(os.getegid()).gr_name}"


def path() -> Path:
    """Debian has it where only root's search path looks."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        raise SystemExit("nginx is missing: apt-get install nginx-light")
    return Path(found)


def about() -> str:
    return subprocess.run([path(), "-V"], capture_output=True, text=True).stderr


def version() -> str:
    found = re.search(r"nginx/(\S+)", about())
    return found.group(1) if found else "?"


def has_gzip_static() -> bool:
    return "--with-http_gzip_static_module" in about()
