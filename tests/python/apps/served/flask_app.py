"""A Flask app: `app` is WSGI, `asgi` is the same through a2wsgi, for a server that takes ASGI alone."""

import hashlib
import io
import os
import threading
import time

from a2wsgi import WSGIMiddleware
from flask import Flask, Response, abort, flash, jsonify, redirect, request, send_file, session, url_for
from flask.helpers import stream_with_context

app = Flask(__name__)
app.secret_key = "for the test alone"
LETTERS = b"abcdefghijklmnopqrstuvwxyz" * 1000
CLOSED: list[str] = []


@app.get("/environ")
def environ():
    wanted = (
        "REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL",
        "REMOTE_ADDR", "HTTP_X_THING", "wsgi.url_scheme", "wsgi.multithread", "wsgi.run_once", "CONTENT_LENGTH",
    )  # fmt: skip
    return jsonify({name: request.environ.get(name) for name in wanted} | {"path": request.path, "url": request.url})


@app.get("/environ/<path:rest>")
def environ_below(rest):
    return jsonify({"rest": rest, "path": request.path})


@app.route("/form", methods=["GET", "POST"])
def form():
    if request.method == "POST":
        session["word"] = request.form["word"]
        flash("kept")
        return redirect(url_for("form"), 303)
    return jsonify({"word": session.get("word"), "args": request.args.getlist("a")})


@app.post("/upload")
def upload():
    file = request.files["file"]
    octets = file.read()
    return jsonify({"name": file.filename, "size": len(octets), "sha256": hashlib.sha256(octets).hexdigest()})


@app.post("/raw")
def raw():
    digest, size = hashlib.sha256(), 0
    while piece := request.stream.read(50_000):
        digest.update(piece)
        size += len(piece)
    return jsonify({"size": size, "sha256": digest.hexdigest()})


@app.post("/lines")
def lines():
    return jsonify([line.decode() for line in request.environ["wsgi.input"]])


@app.post("/json")
def as_json():
    return jsonify({"got": request.get_json()})


@app.get("/stream")
def stream():
    @stream_with_context
    def pieces():
        for number in range(request.args.get("count", 5, int)):
            time.sleep(request.args.get("pause", 0, float))
            yield f"line {number}\n"

    return Response(pieces(), mimetype="text/plain")


@app.get("/endless")
def endless():
    def ticks():
        try:
            while True:
                yield b"tick\n"
                time.sleep(0.01)
        finally:
            CLOSED.append("endless")

    return Response(ticks())


@app.get("/closed")
def closed():
    return jsonify(CLOSED)


@app.get("/file")
def file():
    return send_file(io.BytesIO(LETTERS), "text/plain", etag="letters", conditional=True)


@app.get("/blocking")
def blocking():
    time.sleep(request.args.get("seconds", 0.1, float))
    return jsonify({"thread": threading.current_thread() is not threading.main_thread(), "pid": os.getpid()})


@app.get("/cookies")
def cookies():
    response = jsonify(request.cookies)
    response.set_cookie("a", "1")
    response.set_cookie("b", "2", httponly=True)
    return response


@app.get("/status/<int:code>")
def status(code):
    return "", code


@app.get("/reason")
def reason():
    return Response("brewing", status="299 Nearly Fine")


@app.get("/bug")
def bug():
    return {}["missing"]


@app.get("/abort")
def aborts():
    abort(410, "gone for good")


@app.errorhandler(410)
def gone(error):
    return jsonify({"error": error.description}), 410


asgi = WSGIMiddleware(app, workers=10)
