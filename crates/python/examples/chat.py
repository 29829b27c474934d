"""A chat room by WebSocket, without a framework. Serve it with one worker, and open http://localhost:8000/ twice.

    $ hyperserve chat:app --lifespan off

A page of another site may not connect: `--ws-origins http://localhost:8000` says which may.
"""

PAGE = b"""<!doctype html><title>Chat</title>
<form><input autofocus maxlength=500><button>Send</button></form><pre></pre>
<script>
const socket = new WebSocket(location.href.replace("http", "ws"));
const [form, input, room] = ["form", "input", "pre"].map((name) => document.querySelector(name));
socket.onmessage = (message) => (room.textContent += message.data + "\\n");
form.onsubmit = (event) => { event.preventDefault(); socket.send(input.value); input.value = ""; };
</script>"""

LONGEST = 500

people = {}


async def app(scope, receive, send):
    if scope["type"] == "websocket":
        await talk(scope, receive, send)
    else:
        headers = [(b"content-type", b"text/html; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": PAGE})


async def talk(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    name = f"guest {scope['client'][1]}"
    people[name] = send
    try:
        await tell(f"{name} is here")
        while (message := await receive())["type"] == "websocket.receive":
            if words := (message.get("text") or "")[:LONGEST]:
                await tell(f"{name}: {words}")
    finally:
        del people[name]
        await tell(f"{name} has left")


async def tell(words):
    for send in list(people.values()):
        try:
            await send({"type": "websocket.send", "text": words})
        except OSError:
            pass  # has left; its own part of the program sees that
