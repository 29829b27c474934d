"""What an asyncio program may rely on, each check a coroutine that runs inside a request."""

MODULES = (
    "tasks",
    "cancelling",
    "groups",
    "timeouts",
    "anyio_scopes",
    "contexts",
    "background",
    "threads",
    "streams",
    "timers",
    "loops",
)
