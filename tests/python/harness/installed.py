"""Checks an installation: run by the Python of an environment that holds the package and nothing else.

The package must come from the environment, the console script must be there, and a request must be answered.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

APP = """
async def app(scope, receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})
"""


def main():
    sys.path.insert(0, str(Path(__file__).parents[1]))
    # the source tree may hold an extension of another build, which must not be taken for the installed one
    os.environ["HYPERSERVE_PYTHON_PATH"] = sys.prefix
    import hyperserve

    assert Path(hyperserve.__file__).is_relative_to(sys.prefix), hyperserve.__file__
    script = Path(sys.prefix, "bin", "hyperserve")
    version = subprocess.run([script, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "app.py").write_text(APP)
        print(f"{version} answered, {ask(folder) >> 20} MiB resident")


def ask(folder: str) -> int:
    """Serves the app for one request; the server's resident bytes."""
    from harness.server import Server
    from harness.wire import get

    server = Server("hyperserve", "app:app", folder=folder)
    try:
        answer = get(server.start().address, "/")
        assert (answer.status, answer.body) == (200, b"hello"), answer
        memory = server.memory()
        assert server.terminate() == 0, server.output()
        return memory
    finally:
        server.kill()


if __name__ == "__main__":
    main()
