"""All the applications of this folder as one, for clients of HTTP/2."""

from asgi import ending_app, fault_app, request_app, response_app
from harness.asgi import Routes

app = Routes()
for module in (request_app, response_app, fault_app, ending_app):
    app.table = {**module.app.table, **app.table}
    module.app.notes = app.notes
