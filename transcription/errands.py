"""What travels between a server and workers on other machines, over Redis.

    colloquy:ear:jobs          stream, one consumer group: {id, node, url, token, job}
    colloquy:ear:heard:<node>  stream of one server process: {id, heard} or {id, failed}
    colloquy:ear:hand:<name>   a worker is there and has this model; gone after `PRESENCE` seconds
    colloquy:ear:node:<node>   a server process is there and waits for its answers

Sound does not travel here: a worker fetches the samples of its job from the server, which lets it have
those and no others. Text does, so Redis is as confidential as the database.
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio
from redis.asyncio import Redis

from schemas.session import Language
from transcription import pipe
from transcription.engine import Care, Guidance, Heard

JOBS = "colloquy:ear:jobs"
GROUP = "workers"
HEARD = "colloquy:ear:heard:"
HAND = "colloquy:ear:hand:"
NODE = "colloquy:ear:node:"
PRESENCE = 8
BEAT_SECONDS = 2.0
BLOCK_MILLISECONDS = 1_000
PATIENCE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Errand:
    """One decode for whichever worker takes it. url, token: where its samples are, and the right."""

    id: str
    node: str
    url: str
    token: str
    guidance: Guidance
    care: Care

    def fields(self) -> dict[Any, Any]:
        """Return the entry of the stream."""
        job = json.dumps(pipe.job_header(self.guidance, self.care))
        return {"id": self.id, "node": self.node, "url": self.url, "token": self.token, "job": job}

    @classmethod
    def of(cls, fields: Mapping[bytes, bytes]) -> "Errand":
        """Return what an entry says. Raises ValueError or KeyError."""
        told = {name.decode(): value.decode() for name, value in fields.items()}
        guidance, care = pipe.job_of(json.loads(told["job"]))
        return cls(told["id"], told["node"], told["url"], told["token"], guidance, care)


@dataclass(frozen=True, slots=True)
class Hand:
    """A worker that is there: its own name, its model's, and what that can hear."""

    name: str
    model: str
    languages: tuple[Language, ...]

    def encode(self) -> str:
        """Return it as it stands in Redis."""
        return json.dumps([self.name, self.model, [one.value for one in self.languages]])

    @classmethod
    def of(cls, value: bytes) -> "Hand":
        """Return who is there. Raises ValueError."""
        name, model, languages = json.loads(value)
        return cls(str(name), str(model), tuple(Language(one) for one in languages))


def answer(errand_id: str, heard: Heard | None) -> dict[Any, Any]:
    """Return the entry that answers an errand; None where the worker failed."""
    if heard is None:
        return {"id": errand_id, "failed": "1"}
    return {"id": errand_id, "heard": json.dumps(pipe.heard_header(heard))}


def answered(fields: Mapping[bytes, bytes]) -> tuple[str, Heard | None]:
    """Return which errand an entry answers, and with what. Raises ValueError or KeyError."""
    heard = fields.get(b"heard")
    return fields[b"id"].decode(), None if heard is None else pipe.heard_of(json.loads(heard))


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Redis]:
    """A client of one's own; commands fail within a few seconds where Redis is away."""
    redis = Redis.from_url(
        url,
        socket_connect_timeout=PATIENCE_SECONDS,
        socket_timeout=BLOCK_MILLISECONDS / 1000 + PATIENCE_SECONDS,
        protocol=2,
    )
    try:
        yield redis
    finally:
        with anyio.move_on_after(PATIENCE_SECONDS, shield=True):
            await redis.aclose()
