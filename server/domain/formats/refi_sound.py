"""The sound in a REFI-QDA project: an AudioSource for each track, with the words tied to its seconds.

The transcript of a track is the very text of its session, which is a TextSource as well: codings
stand there, and the points of synchronization, one at the start and the end of each line that was
heard on the track, let a player follow. Positions are code points, times whole milliseconds.
"""

import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.etree.ElementTree import Element

from schemas.ids import LineId, TrackId
from server.domain.corpus import Sitting
from server.domain.formats.refi import add, guid, one_line

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The moment of every file in an archive: the same study gives the same bytes."""

Places = Mapping[LineId, tuple[int, int]]
"""Where each line's words stand in a text."""


@dataclass(frozen=True, slots=True)
class SoundFile:
    """A track as a WAV file: its length in bytes, and those bytes, read anew at each call."""

    size: int
    blocks: Callable[[], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Sounds:
    """The sound that goes with a project. is_inside: in its archive; else in a file of its own."""

    files: Mapping[TrackId, SoundFile] = field(default_factory=dict)
    is_inside: bool = True

    @property
    def size(self) -> int:
        """All of it, in bytes."""
        return sum(one.size for one in self.files.values())


SILENT = Sounds()
"""No sound goes along."""


def add_sources(
    parent: Element, sitting: Sitting, places: Places, sounds: Sounds, user: str, day: str
) -> None:
    """Append what was recorded of a session. day: when it was, "" where nothing says."""
    for number, one in enumerate(_heard(sitting, sounds), 1):
        track = sitting.recorded[one].track
        title = sitting.session.title
        name = f"{one_line(title.en or title.zh)} - {number} {one_line(track.label)}".strip()
        way = "internal" if sounds.is_inside else "relative"
        source = add(
            parent,
            "AudioSource",
            guid=guid(track.id),
            name=name,
            path=f"{way}://{'' if sounds.is_inside else '/'}{file_name(track.id)}",
            creatingUser=user,
            creationDateTime=day,
        )
        key = guid(track.id, "transcript")
        words = add(source, "Transcript", guid=key, name=name, plainTextPath=f"internal://{key}.txt", creatingUser=user)  # fmt: skip
        for line in sitting.lines:
            if line.track_id == track.id and line.start is not None and line.id in places:
                end = line.start if line.end is None else line.end
                for which, second, at in zip(("start", "end"), (line.start, end), places[line.id], strict=True):  # fmt: skip
                    add(
                        words,
                        "SyncPoint",
                        guid=guid(f"{line.id}:{which}", "sync"),
                        timeStamp=str(round(max(0.0, second) * 1000)),
                        position=str(at),
                    )


def transcripts(sitting: Sitting, sounds: Sounds) -> Iterator[str]:
    """Yield the names of the files, below `sources/`, that repeat a session's text for its sound."""
    for one in _heard(sitting, sounds):
        yield f"{guid(sitting.recorded[one].track.id, 'transcript')}.txt"


def put(archive: zipfile.ZipFile, sounds: Sounds, folder: str) -> None:
    """Write the sound into an archive, as it is."""
    for track_id, sound in sounds.files.items():
        info = zipfile.ZipInfo(f"{folder}{file_name(track_id)}", EPOCH)
        info.file_size = sound.size
        with archive.open(info, "w", force_zip64=sound.size >= zipfile.ZIP64_LIMIT) as out:
            for block in sound.blocks():
                out.write(block)


def write_beside(sounds: Sounds, out: BinaryIO) -> None:
    """Write the archive of what is too large to be inside: unpacked beside the project it is found."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        put(archive, sounds, "")


def file_name(track_id: TrackId) -> str:
    """Return how a track's file is called, inside and beside."""
    return f"{guid(track_id)}.wav"


def _heard(sitting: Sitting, sounds: Sounds) -> Iterator[int]:
    """The places, among what was recorded, of the tracks whose sound goes along."""
    return (number for number, one in enumerate(sitting.recorded) if one.track.id in sounds.files)
