"""Files of every common kind become samples; what is none, or breaks off, is refused by its content."""

import socket
import struct
import tracemalloc
from pathlib import Path

import av
import numpy as np
import pytest

from tests.transcription.media_files import KINDS, TONES, make, silence, tone_of
from transcription.media import MOST_SECONDS, Unreadable, decoded, probe


def sound(path: Path, *, stereo: bool = False) -> list[np.ndarray]:
    """All samples of each channel."""
    blocks = list(decoded(path, stereo=stereo))
    return [np.concatenate([block[number] for block in blocks]) for number in range(1 + stereo)]


@pytest.mark.parametrize("kind", KINDS)
def test_any_common_kind_becomes_samples_whatever_its_name(tmp_path: Path, kind: str) -> None:
    path = make(tmp_path / "no-ending", kind, 2.0)

    (samples,) = sound(path)

    assert len(samples) == pytest.approx(32_000, abs=1_600)
    assert tone_of(samples[4_000:28_000]) == pytest.approx(TONES[0], abs=5)


@pytest.mark.parametrize("kind", ["m4a", "mka"])
def test_of_a_video_the_sound_is_heard(tmp_path: Path, kind: str) -> None:
    path = make(tmp_path / "talk", kind, 2.0, video=True)

    media = probe(path)
    (samples,) = sound(path)

    assert media.seconds == pytest.approx(2.0, abs=0.2)
    assert tone_of(samples[4_000:28_000]) == pytest.approx(TONES[0], abs=5)


@pytest.mark.parametrize("kind", ["mp3", "m4a", "webm", "flac"])
def test_a_stereo_interview_keeps_its_channels_apart(tmp_path: Path, kind: str) -> None:
    path = make(tmp_path / "interview", kind, 2.0, channels=2)

    left, right = sound(path, stereo=True)

    assert probe(path).channels == 2
    assert [round(tone_of(one[4_000:28_000]), -1) for one in (left, right)] == [440, 1_000]


def test_what_a_browser_recorded_says_no_length_and_is_heard(tmp_path: Path) -> None:
    path = make(tmp_path / "recorded", "webm", 2.0, options={"live": "1"})

    (samples,) = sound(path)

    assert probe(path).seconds == 0.0
    assert len(samples) == pytest.approx(32_000, abs=1_600)


def _picture(path: Path) -> None:
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0\x90wS\xde" + bytes(99)
    )


def _silent_film(path: Path) -> None:
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        container.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        container.mux(stream.encode(None))


NOT_RECORDINGS = {
    "empty": (lambda path: path.write_bytes(b""), "upload.empty"),
    "document": (lambda path: path.write_bytes(b"%PDF-1.7 minutes" * 200), "upload.type"),
    "archive": (lambda path: path.write_bytes(b"PK\x03\x04" + bytes(4_000)), "upload.type"),
    "text": (lambda path: path.write_text("会议记录 " * 400), "upload.type"),
    "picture": (_picture, "upload.type"),
    "page": (lambda path: path.write_text("<!doctype html><audio src=x>" * 99), "upload.type"),
    "subtitles": (
        lambda path: path.write_text("1\n00:00:00,000 --> 00:00:01,000\nHello\n"),
        "upload.type",
    ),
    "silent film": (_silent_film, "upload.no_audio"),
}


@pytest.mark.parametrize("what", NOT_RECORDINGS)
def test_what_is_no_recording_is_refused_by_its_content(tmp_path: Path, what: str) -> None:
    path = tmp_path / "named.mp3"
    write, code = NOT_RECORDINGS[what]
    write(path)

    with pytest.raises(Unreadable) as refused:
        probe(path)

    assert refused.value.code == code


@pytest.mark.parametrize("kind", ["flac", "mka", "webm", "wav"])
def test_a_file_that_breaks_off_is_heard_up_to_there_and_then_refused(
    tmp_path: Path, kind: str
) -> None:
    body = make(tmp_path / "whole", kind, 12.0).read_bytes()
    (tmp_path / "torn").write_bytes(body[: len(body) // 2])

    heard = 0
    blocks = decoded(tmp_path / "torn", stereo=False)
    with pytest.raises(Unreadable) as refused:  # noqa: PT012 - what came before it counts
        for (block,) in blocks:
            heard += len(block)

    assert refused.value.code == "upload.corrupt"
    assert refused.value.fields["seconds"] == heard // 16_000 >= 5


def test_an_mp4_whose_end_did_not_come_is_refused(tmp_path: Path) -> None:
    body = make(tmp_path / "whole", "m4a", 5.0).read_bytes()
    (tmp_path / "torn").write_bytes(body[: len(body) // 2])

    with pytest.raises(Unreadable, match=r"upload\.corrupt"):
        probe(tmp_path / "torn")


def test_three_hours_take_no_more_memory_than_a_minute(tmp_path: Path) -> None:
    path = silence(tmp_path / "long", 3 * 3600.0)

    tracemalloc.start()
    seconds = sum(len(block) for (block,) in decoded(path, stereo=False)) / 16_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert seconds == pytest.approx(3 * 3600, abs=1)
    assert peak < 1_000_000


def test_what_is_longer_than_half_a_day_is_refused_before_it_is_read(tmp_path: Path) -> None:
    seconds = MOST_SECONDS + 60
    size = 2 * 8_000 * seconds
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", size + 36, b"WAVE", b"fmt ", 16,
                       1, 1, 8_000, 16_000, 2, 16, b"data", size)  # fmt: skip
    path = tmp_path / "long"
    with path.open("wb") as file:
        file.write(head)
        file.truncate(size + 44)  # takes no room on the disk

    with pytest.raises(Unreadable) as refused:
        probe(path)

    assert (refused.value.code, refused.value.fields) == ("upload.too_long", {"hours": 12})


PLAYLISTS = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{url}\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile '{url}'\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>{url}</BaseURL></MPD>',
    "session": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
}


@pytest.mark.parametrize("what", PLAYLISTS)
@pytest.mark.parametrize("ending", ["mp3", "m3u8", "sdp"])
def test_a_playlist_makes_the_server_ask_nobody_and_read_nothing(
    tmp_path: Path, what: str, ending: str
) -> None:
    path = tmp_path / f"file.{ending}"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        port = listening.getsockname()[1]
        path.write_text(PLAYLISTS[what].format(url=f"http://127.0.0.1:{port}/secret.wav"))

        with pytest.raises(Unreadable, match=r"upload\.type"):
            probe(path)

        with pytest.raises(BlockingIOError):
            listening.accept()
