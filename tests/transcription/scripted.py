"""Scripted Whisper models: the real dimensions and cost, and one sentence whatever the sound.

Random weights, written straight in CTranslate2's format. The decoder's residual branches are zero, so
its output depends on the position alone, and the positions spell the script. A prompt of n tokens
therefore turns the sentence by n tokens: what reaches the decoder can be counted in what it says.
Good for cost, latency, load and faults; says nothing about recognition.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ctranslate2.converters import utils  # type: ignore[import-untyped]
from ctranslate2.specs import common_spec, whisper_spec  # type: ignore[import-untyped]
from faster_whisper.tokenizer import Tokenizer  # type: ignore[import-untyped]
from tokenizers import Tokenizer as Vocabulary

from transcription.bundled import MODEL
from transcription.model_settings import ModelSettings, write

MELS, POSITIONS, TEXT = 80, 1500, 448


@dataclass(frozen=True, slots=True)
class Dimensions:
    """Width, heads and layers (of the encoder and of the decoder each)."""

    width: int
    heads: int
    layers: int


NANO = Dimensions(64, 1, 1)
TINY = Dimensions(384, 6, 4)
BASE = Dimensions(512, 8, 6)
SMALL = Dimensions(768, 12, 12)


def make(
    directory: Path,
    dimensions: Dimensions,
    text: str,
    *,
    language: str = "en",
    settings: ModelSettings | None = None,
    quantization: str | None = "int8",
) -> Path:
    """Write a model that says `text`, and return its directory."""
    vocabulary = Vocabulary.from_file(str(MODEL / "tokenizer.json"))
    tokenizer = Tokenizer(vocabulary, True, task="transcribe", language=language)
    tokens = json.loads((MODEL / "vocabulary.json").read_text("utf-8"))
    generator = np.random.default_rng(0)
    embeddings = _normal(generator, len(tokens), dimensions.width, scale=1.0)
    spec = whisper_spec.WhisperSpec(
        dimensions.layers, dimensions.heads, dimensions.layers, dimensions.heads
    )
    _encoder(spec.encoder, dimensions, generator)
    _decoder(spec.decoder, dimensions, generator, embeddings)
    spec.decoder.position_encodings.encodings = _positions(tokenizer, embeddings, text)
    _register(spec, tokens, tokenizer)
    spec.validate()
    spec.optimize(quantization=quantization)
    directory.mkdir(parents=True, exist_ok=True)
    spec.save(str(directory))
    for name in ("tokenizer.json", "preprocessor_config.json"):
        shutil.copyfile(MODEL / name, directory / name)
    write(directory, settings or ModelSettings(temperatures=(0.0,)))
    return directory


def _positions(tokenizer: Tokenizer, embeddings: np.ndarray, text: str) -> np.ndarray:
    """Each position points at the token that is to come behind it, over and over."""
    spoken = [*tokenizer.encode(" " + text), tokenizer.eot]
    begin = [*tokenizer.sot_sequence[1:], tokenizer.timestamp_begin]
    tokens = [
        begin[at] if at < len(begin) else spoken[(at - len(begin)) % len(spoken)]
        for at in range(TEXT)
    ]
    return (3 * embeddings[tokens]).astype(np.float32)


def _encoder(encoder: object, size: Dimensions, generator: np.random.Generator) -> None:
    conv1, conv2 = encoder.conv1, encoder.conv2  # type: ignore[attr-defined]  # a spec is dynamic
    conv1.weight = _normal(generator, size.width, MELS, 3)
    conv2.weight = _normal(generator, size.width, size.width, 3)
    conv1.bias = conv2.bias = np.zeros(size.width, np.float32)
    encoder.position_encodings.encodings = _normal(generator, POSITIONS, size.width)  # type: ignore[attr-defined]
    _norm(encoder.layer_norm, size)  # type: ignore[attr-defined]
    for layer in encoder.layer:  # type: ignore[attr-defined]
        _attention(layer.self_attention, size, generator, 1.0)
        _feed_forward(layer.ffn, size, generator, 1.0)


def _decoder(
    decoder: object, size: Dimensions, generator: np.random.Generator, embeddings: np.ndarray
) -> None:
    decoder.embeddings.weight = np.zeros_like(embeddings)  # type: ignore[attr-defined]
    decoder.projection.weight = embeddings  # type: ignore[attr-defined]
    _norm(decoder.layer_norm, size)  # type: ignore[attr-defined]
    for layer in decoder.layer:  # type: ignore[attr-defined]
        _attention(layer.self_attention, size, generator, 0.0)
        _cross(layer.attention, size, generator)
        _feed_forward(layer.ffn, size, generator, 0.0)


def _attention(
    attention: object, size: Dimensions, generator: np.random.Generator, residual: float
) -> None:
    parts = [_linear(common_spec.LinearSpec(), size.width, size.width, generator) for _ in "qkv"]
    utils.fuse_linear(attention.linear[0], parts)  # type: ignore[attr-defined]
    _linear(attention.linear[1], size.width, size.width, generator, residual)  # type: ignore[attr-defined]
    _norm(attention.layer_norm, size)  # type: ignore[attr-defined]


def _cross(attention: object, size: Dimensions, generator: np.random.Generator) -> None:
    _linear(attention.linear[0], size.width, size.width, generator)  # type: ignore[attr-defined]
    parts = [_linear(common_spec.LinearSpec(), size.width, size.width, generator) for _ in "kv"]
    utils.fuse_linear(attention.linear[1], parts)  # type: ignore[attr-defined]
    _linear(attention.linear[2], size.width, size.width, generator, 0.0)  # type: ignore[attr-defined]
    _norm(attention.layer_norm, size)  # type: ignore[attr-defined]


def _feed_forward(
    ffn: object, size: Dimensions, generator: np.random.Generator, residual: float
) -> None:
    _linear(ffn.linear_0, 4 * size.width, size.width, generator)  # type: ignore[attr-defined]
    _linear(ffn.linear_1, size.width, 4 * size.width, generator, residual)  # type: ignore[attr-defined]
    _norm(ffn.layer_norm, size)  # type: ignore[attr-defined]


def _linear(
    linear: object, rows: int, columns: int, generator: np.random.Generator, scale: float = 1.0
) -> object:
    linear.weight = scale * _normal(generator, rows, columns)  # type: ignore[attr-defined]
    linear.bias = np.zeros(rows, np.float32)  # type: ignore[attr-defined]
    return linear


def _norm(norm: object, size: Dimensions) -> None:
    norm.gamma = np.ones(size.width, np.float32)  # type: ignore[attr-defined]
    norm.beta = np.zeros(size.width, np.float32)  # type: ignore[attr-defined]


def _register(spec: object, tokens: list[str], tokenizer: Tokenizer) -> None:
    spec.register_vocabulary(tokens)  # type: ignore[attr-defined]
    config = spec.config  # type: ignore[attr-defined]
    stated = json.loads((MODEL / "config.json").read_text("utf-8"))
    config.suppress_ids = []
    config.suppress_ids_begin = [tokenizer.encode(" ")[0], tokenizer.eot]
    config.lang_ids = stated["lang_ids"]
    config.alignment_heads = [[0, 0]]


def _normal(generator: np.random.Generator, *shape: int, scale: float = 0.02) -> np.ndarray:
    return (scale * generator.standard_normal(shape, dtype=np.float32)).astype(np.float32)
