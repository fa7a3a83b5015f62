"""The same with FastAPI on uvicorn and the standard library's sqlite3, a connection a thread."""
import sqlite3
import sys
import threading

import uvicorn
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

port, file, synchronous = sys.argv[1:]
threads = threading.local()


def database():
    if not hasattr(threads, "connection"):
        connection = sqlite3.connect(file, isolation_level=None, timeout=5)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        threads.connection = connection
    return threads.connection


class Post(BaseModel):
    title: str
    body: str


app = FastAPI()


@app.get("/posts")
def posts(page: int = 1):
    rows = database().execute("SELECT * FROM posts ORDER BY id DESC LIMIT ? OFFSET ?", (10, (page - 1) * 10))
    return [dict(row) for row in rows]


@app.get("/posts/{id}")
def post(id: int):
    row = database().execute("SELECT * FROM posts WHERE id = ?", (id,)).fetchone()
    if row is None:
        raise HTTPException(404)
    return dict(row)


@app.post("/posts", status_code=201)
def add(post: Post):
    cursor = database().execute("INSERT INTO posts (title, body) VALUES (?, ?)", (post.title, post.body))
    return {"id": cursor.lastrowid}


uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="error")
