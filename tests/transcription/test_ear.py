"""The whole ear: frames in, lines out, through every fault."""

import os
import re
import shutil
import signal
from itertools import pairwise
from pathlib import Path

import anyio
import anyio.lowlevel
import jiwer
import numpy as np
import pytest
from typing_extensions import override

from schemas.errors import Conflict
from schemas.ids import TrackId
from schemas.session import Language
from schemas.transcript import Segment, Transcript
from schemas.wire import FLAG_END, FLAG_MUTED, AudioFrame
from tests.transcription import scripted
from tests.transcription.memory import MemoryHearing, feed, frame, frames, hear, noise, track
from transcription.bundled import MODEL, NOBODY_SPEAKS, BundledRecording, recordings
from transcription.ear import Ear, EarSettings
from transcription.engine import Care, Guidance, Loading
from transcription.media import decoded
from transcription.pool import Worker
from transcription.recording import TrackStore
from transcription.samples import Samples

pytestmark = pytest.mark.anyio

WITH_MODEL = EarSettings(MODEL, workers=1)


def plain(texts: list[str], language: Language) -> str:
    if language is Language.ZH:
        return re.sub(r"[^\w]", "", "".join(texts))
    return re.sub(r"[^\w ]", "", " ".join(texts).lower())


def error_rate(recording: BundledRecording, texts: list[str]) -> float:
    """Word error rate, in Chinese character error rate, against the script."""
    measure = jiwer.cer if recording.language is Language.ZH else jiwer.wer
    script = [cue.text for cue in recording.cues]
    return measure(plain(script, recording.language), plain(texts, recording.language))


async def decoded_offline(recording: BundledRecording) -> list[str]:
    samples = recording.samples()
    async with Worker(MODEL) as worker:
        return [
            (
                await worker.decode(
                    samples[round(cue.start * 16_000) - 3200 : round(cue.end * 16_000) + 3200],
                    Guidance.pinned(recording.language),
                    Care.FINAL,
                )
            ).text
            for cue in recording.cues
        ]


def cues_under(recording: BundledRecording, start: float, end: float) -> set[str]:
    return {
        cue.speaker for cue in recording.cues if min(end, cue.end) - max(start, cue.start) > 0.3
    }


@pytest.mark.parametrize("name", ["workshop-en", "workshop-zh"])
async def test_live_lines_are_as_good_as_offline_ones(tmp_path: Path, name: str) -> None:
    recording = recordings()[name]
    samples = recording.samples()

    with anyio.fail_after(240):
        hearing, stored = await hear(tmp_path, samples, MODEL, recording.language)
        offline = await decoded_offline(recording)

    live_errors = error_rate(recording, hearing.texts())
    assert live_errors <= error_rate(recording, offline) + 0.01
    assert (stored == samples).all()
    assert len(hearing.transcripts) == len(hearing.opened) == hearing.finals
    for segment in hearing.transcripts:
        assert len(cues_under(recording, segment.start, segment.end)) == 1


@pytest.mark.parametrize(
    "samples",
    [np.zeros(5 * 16_000, np.int16), noise(5, 300), noise(5, 3000), noise(5, 12_000)],
    ids=["silence", "quiet", "loud", "clipping"],
)
async def test_silence_and_noise_give_no_line(tmp_path: Path, samples: Samples) -> None:
    with anyio.fail_after(60):
        hearing, _ = await hear(tmp_path, samples, MODEL, Language.EN)

    assert hearing.texts() == []


def nobody_speaks() -> Samples:
    """The eight seconds of silence and noises that come with the demo model."""
    return np.concatenate([block for (block,) in decoded(NOBODY_SPEAKS, stereo=False)])


@pytest.mark.parametrize("language", [Language.EN, Language.ZH])
async def test_the_recorded_silence_and_noises_open_no_utterance(
    tmp_path: Path, language: Language
) -> None:
    with anyio.fail_after(60):
        hearing, stored = await hear(tmp_path, nobody_speaks(), MODEL, language)

    assert len(stored) == 8 * 16_000
    assert list(hearing.opened) == []


@pytest.mark.parametrize("language", [Language.EN, Language.ZH])
async def test_noise_that_was_taken_for_speech_is_dropped_with_the_reason(
    tmp_path: Path, language: Language
) -> None:
    heard = track(language=language)
    segments = [Segment(heard.id, second * 16_000, (second + 2) * 16_000) for second in (0, 3, 6)]
    hearing = MemoryHearing()
    hearing.tracks[heard.id] = heard
    hearing.opened = dict.fromkeys(segments)
    async with TrackStore(tmp_path) as store:
        recording = await store.open(heard.id)
        for one in frames(nobody_speaks()):
            recording.append(one)

        async with Ear(store, hearing, hearing, WITH_MODEL):
            with anyio.fail_after(60):
                while len(hearing.transcripts) < len(segments):
                    await hearing.final_arrived.wait()

    assert [one.text for one in hearing.transcripts.values()] == ["", "", ""]
    rules = {one.reason.split()[0] for one in hearing.transcripts.values()}
    assert rules <= {"empty", "speech_share", "no_speech", "logprob", "credits"}
    assert all("speech=" in one.reason for one in hearing.transcripts.values())


async def test_an_utterance_is_shown_before_it_is_final(tmp_path: Path) -> None:
    samples = recordings()["workshop-en"].samples()[: 6 * 16_000]
    hearing = MemoryHearing()
    now = 0.0

    async with (
        TrackStore(tmp_path) as store,
        Ear(store, hearing, hearing, WITH_MODEL, clock=lambda: now) as ear,
    ):
        intake = await ear.listen(track())
        with anyio.fail_after(60):
            for number, one in enumerate(frames(samples)):
                await intake.receive(one)
                now = number / 10
                while number in (25, 40) and len(hearing.hypotheses) < number // 20:
                    await anyio.lowlevel.checkpoint()
            await intake.end()
            await intake.drained()

    shown, cleared = hearing.hypotheses[0], hearing.hypotheses[-1]
    assert shown.tail.startswith("Good morning")
    assert hearing.hypotheses[1].stable.startswith("Good morning")
    assert (cleared.stable, cleared.tail) == ("", "")
    assert hearing.began_at[0] == shown.first_sample


async def test_a_worker_killed_mid_way_loses_no_line(tmp_path: Path) -> None:
    recording = recordings()["workshop-zh"]
    samples = recording.samples()[: round(18.8 * 16_000)]
    hearing = MemoryHearing()

    async with TrackStore(tmp_path) as store, Ear(store, hearing, hearing, WITH_MODEL) as ear:
        intake = await ear.listen(track(language=Language.ZH))
        with anyio.fail_after(120):
            await feed(intake, samples)
            await intake.end()
            await hearing.final_arrived.wait()
            for pid in ear.pool.pids:
                os.kill(pid, signal.SIGKILL)
            await intake.drained()

        restarts = ear.pool.restarts

    spoken = [cue.text for cue in recording.cues if cue.end < 18.8]
    assert restarts == 1
    assert hearing.texts() == spoken
    assert hearing.finals == len(hearing.opened)


async def test_without_a_model_audio_is_kept_and_decoded_once_there_is_one(tmp_path: Path) -> None:
    samples = recordings()["workshop-en"].samples()[: 5 * 16_000]
    hearing = MemoryHearing()
    nowhere = EarSettings(tmp_path / "model", workers=1)

    async with TrackStore(tmp_path / "audio") as store:
        async with Ear(store, hearing, hearing, nowhere) as ear:
            intake = await ear.listen(track())
            await feed(intake, samples)
            await intake.end()
            with anyio.fail_after(10):
                while ear.status.state != "off":
                    await anyio.lowlevel.checkpoint()
            detail = ear.status.detail
        shutil.copytree(MODEL, tmp_path / "model")
        waiting = len(await hearing.pending())
        async with Ear(store, hearing, hearing, nowhere) as ear:
            with anyio.fail_after(60):
                await hearing.final_arrived.wait()

    assert "COLLOQUY_MODEL" in detail
    assert waiting == 1
    assert hearing.texts() == ["Good morning, everyone, and welcome to the workshop."]


class Watching(MemoryHearing):
    """Notes how the ear is whenever a line arrives."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.ear: Ear

    @override
    async def final(self, transcript: Transcript) -> None:
        self.seen.append(self.ear.status.state)
        await super().final(transcript)


async def test_a_minute_behind_a_smaller_model_hears_and_the_pages_are_told(tmp_path: Path) -> None:
    now = 0.0
    small = scripted.make(tmp_path / "small", scripted.NANO, "We are late.")
    settings = EarSettings(MODEL, 1, Loading(smaller=small))
    hearing = Watching()

    async with (
        TrackStore(tmp_path / "audio") as store,
        Ear(store, hearing, hearing, settings, clock=lambda: now) as ear,
    ):
        hearing.ear = ear
        intake = await ear.listen(track())
        await feed(intake, recordings()["workshop-en"].samples()[: 5 * 16_000])
        now = 61.0
        await intake.end()
        now = 122.0
        with anyio.fail_after(60):
            await intake.drained()

    [line] = hearing.transcripts.values()
    assert (line.text, line.model) == ("We are late.", "small")
    assert hearing.seen == ["relieved"]


async def test_a_server_killed_mid_sentence_hears_the_rest_of_it_later(tmp_path: Path) -> None:
    samples = recordings()["workshop-en"].samples()[: 12 * 16_000]
    cut = 6 * 16_000
    hearing = MemoryHearing()

    async with TrackStore(tmp_path) as store, Ear(store, hearing, hearing, WITH_MODEL) as ear:
        intake = await ear.listen(track())
        await feed(intake, samples[:cut])
        await store.commit()
    async with TrackStore(tmp_path) as store, Ear(store, hearing, hearing, WITH_MODEL) as ear:
        intake = await ear.listen(track())
        resumed_at = intake.next_sample
        await feed(intake, samples[cut:])
        await intake.end()
        with anyio.fail_after(60):
            await intake.drained()
        recording = await store.open(TrackId("track"))
        stored = await recording.read(0, len(samples))

    spans = sorted((one.first_sample, one.last_sample) for one in hearing.opened)
    assert resumed_at == cut
    assert (stored == samples).all()
    assert all(end <= begin for (_, end), (begin, _) in pairwise(spans))
    assert "Good morning, everyone, and welcome to the workshop." in hearing.texts()
    assert "Each department will name its main problem first." in hearing.texts()


async def test_a_sender_who_is_back_at_once_is_not_cut_short(tmp_path: Path) -> None:
    samples = recordings()["workshop-en"].samples()[: 12 * 16_000]
    silent = EarSettings(None, workers=1)
    hearing, whole = MemoryHearing(), MemoryHearing()
    async with (
        TrackStore(tmp_path / "whole") as store,
        Ear(store, whole, whole, silent) as ear,
    ):
        intake = await ear.listen(track())
        await feed(intake, samples)
        await intake.end()
    middle = next(iter(whole.opened)).first_sample + 16_000

    async with TrackStore(tmp_path / "cut") as store, Ear(store, hearing, hearing, silent) as ear:
        await feed(await ear.listen(track()), samples[:middle])
        await store.commit()
    async with TrackStore(tmp_path / "cut") as store, Ear(store, hearing, hearing, silent) as ear:
        intake = await ear.listen(track())
        await feed(intake, samples[middle:])
        await intake.end()

    assert list(hearing.opened) == list(whole.opened)


async def test_a_failing_list_and_a_failing_sink_only_delay(tmp_path: Path) -> None:
    samples = recordings()["workshop-en"].samples()[:70_000]
    hearing = MemoryHearing()

    async with TrackStore(tmp_path) as store, Ear(store, hearing, hearing, WITH_MODEL) as ear:
        intake = await ear.listen(track())
        await feed(intake, samples)
        hearing.failures = 1
        with pytest.raises(ConnectionError):
            await intake.pause()
        await intake.pause()
        hearing.failures = 1
        await intake.end()
        with anyio.fail_after(60):
            await intake.drained()

    assert hearing.texts() == ["Good morning, everyone, and welcome to the workshop."]
    assert hearing.finals == 1


async def test_mute_ends_the_utterance_and_the_clock_goes_on(tmp_path: Path) -> None:
    samples = recordings()["workshop-en"].samples()[: 3 * 16_000]
    hearing = MemoryHearing()

    async with (
        TrackStore(tmp_path) as store,
        Ear(store, hearing, hearing, EarSettings(None, workers=1)) as ear,
    ):
        intake = await ear.listen(track())
        await feed(intake, samples)
        muted = AudioFrame(30, 48_000, 16_000, 0, FLAG_MUTED, b"")
        await intake.receive(muted)
        position = intake.next_sample

    assert len(hearing.opened) == 1
    assert position == 4 * 16_000


async def test_the_last_frame_ends_the_track_with_everything_on_disk(tmp_path: Path) -> None:
    hearing = MemoryHearing()

    async with (
        TrackStore(tmp_path, commit_every=60) as store,
        Ear(store, hearing, hearing, EarSettings(None, workers=1)) as ear,
    ):
        intake = await ear.listen(track())
        await intake.receive(frame(0, 0, noise(0.1)))
        await intake.receive(AudioFrame(1, 1600, 0, 0, FLAG_END, b""))
        ack = await intake.acked(beyond=0)
        with pytest.raises(Conflict):
            await intake.receive(frame(2, 1600, noise(0.1)))

    assert (ack.seq, ack.sample) == (2, 1600)
