"""JSON through FastAPI, written as the first page of its documentation has it."""

from __future__ import annotations

from fastapi import FastAPI

app = FastAPI()


@app.get("/json")
async def as_json():
    return {"message": "Hello, World!"}
