"""What nodes tell each other: that there is something new to read.

A tick is a hint and nothing else. What is new stands in rows, mirror rows and bulletins, each
numbered without gaps, and every reader knows how far it has read: a tick that comes twice, late or
never changes only when it is read. Nodes look by themselves every few seconds as well.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol, Self

from typing_extensions import override

from schemas.ids import SessionId, StudyId


@dataclass(frozen=True, slots=True)
class Tick:
    """Sessions with new mirror rows, and studies with new bulletins."""

    sessions: tuple[SessionId, ...] = ()
    studies: tuple[StudyId, ...] = ()


class Bus(AbstractAsyncContextManager["Bus"], Protocol):
    """Connects this node with the others while it is entered.

    on_tick: called with what another node told. on_gap: called when something may have been missed.
    """

    on_tick: Callable[[Tick], None]
    on_gap: Callable[[], None]

    def tell(self, tick: Tick) -> None:
        """Tell all other nodes, soon. Never blocks, and never fails: it is a hint."""
        ...


@dataclass(slots=True)
class Hub:
    """Where the buses of one process meet."""

    members: list["LocalBus"] = field(default_factory=list)


class LocalBus(Bus):
    """The bus inside one process; alone on its hub it tells nobody."""

    def __init__(self, hub: Hub | None = None) -> None:
        self.on_tick: Callable[[Tick], None] = lambda _: None
        self.on_gap: Callable[[], None] = lambda: None
        self._hub = hub or Hub()

    @override
    async def __aenter__(self) -> Self:
        self._hub.members.append(self)
        return self

    @override
    async def __aexit__(self, *_: object) -> None:
        self._hub.members.remove(self)

    @override
    def tell(self, tick: Tick) -> None:
        """See Bus."""
        for member in self._hub.members:
            if member is not self:
                member.on_tick(tick)
