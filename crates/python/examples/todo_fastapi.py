"""A list of things to do, with FastAPI. It is kept in memory, so serve it with one worker.

    $ pip install hyperserve fastapi
    $ hyperserve todo_fastapi:app --reload
    $ curl -H 'content-type: application/json' -d '{"title": "write"}' localhost:8000/todos
    $ curl localhost:8000/todos

The documentation of the API is at http://localhost:8000/docs.
"""

from itertools import count

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

MOST = 1000

app = FastAPI(title="To do")
todos: dict[int, "Todo"] = {}
numbers = count(1)


class New(BaseModel):
    title: str = Field(min_length=1, max_length=200)
    done: bool = False


class Todo(New):
    id: int


@app.get("/todos")
async def listed(done: bool | None = None) -> list[Todo]:
    return [todo for todo in todos.values() if done is None or todo.done == done]


@app.post("/todos", status_code=201)
async def add(new: New) -> Todo:
    if len(todos) >= MOST:
        raise HTTPException(507, "the list is full")
    todo = Todo(id=next(numbers), **new.model_dump())
    todos[todo.id] = todo
    return todo


@app.put("/todos/{number}")
async def change(number: int, new: New) -> Todo:
    if number not in todos:
        raise HTTPException(404, "there is no such thing to do")
    todos[number] = Todo(id=number, **new.model_dump())
    return todos[number]


@app.delete("/todos/{number}", status_code=204)
async def remove(number: int) -> None:
    if todos.pop(number, None) is None:
        raise HTTPException(404, "there is no such thing to do")
