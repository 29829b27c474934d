"""Notes in SQLite, with Flask: WSGI, so each request has a thread and may block.

    $ pip install hyperserve flask
    $ hyperserve notes_flask:app --interface wsgi --wsgi-threads 8
    $ curl -d text='buy milk' localhost:8000/
    $ curl localhost:8000/
    $ curl -O localhost:8000/all.csv
"""

import csv
import io
import sqlite3

from flask import Flask, Response, g, request

DATABASE = "notes.sqlite3"

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 64 * 1024


def database() -> sqlite3.Connection:
    """One connection a request: it may only be used by the thread that opened it."""
    if "database" not in g:
        g.database = sqlite3.connect(DATABASE)
        g.database.execute("CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
    return g.database


@app.teardown_appcontext
def close(_):
    if "database" in g:
        g.pop("database").close()


@app.post("/")
def add():
    with database() as connection:
        number = connection.execute("INSERT INTO notes (text) VALUES (?)", (request.form["text"],)).lastrowid
    return {"id": number}, 201


@app.get("/")
def last():
    rows = database().execute("SELECT id, text FROM notes ORDER BY id DESC LIMIT 100")
    return [{"id": number, "text": text} for number, text in rows]


@app.get("/all.csv")
def everything():
    """Row by row, however many there are: the thread waits when the client does not read."""

    def rows():
        connection = sqlite3.connect(DATABASE)
        try:
            for row in connection.execute("SELECT id, text FROM notes ORDER BY id"):
                line = io.StringIO()
                csv.writer(line).writerow(row)
                yield line.getvalue()
        finally:
            connection.close()

    database()
    return Response(rows(), mimetype="text/csv")
