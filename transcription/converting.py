"""A Whisper model as others publish it to the directory that faster-whisper reads.

An openai-whisper checkpoint (one `.pt` file) is written tensor by tensor, its tokenizer rebuilt from
the table that openai-whisper ships; a Hugging Face folder goes through CTranslate2's own converter.
Both need packages of the extra `openai-whisper`, the second one transformers as well; nothing is
downloaded.
"""

import itertools
import json
import pickle
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ctranslate2.converters import TransformersConverter, utils  # type: ignore[import-untyped]
from ctranslate2.specs import common_spec, whisper_spec  # type: ignore[import-untyped]
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from transcription.errors import ModelUnusable

MULTILINGUAL_TOKENS = 51_865
TOKENIZER_FILES = ("tokenizer.json", "preprocessor_config.json")


def convert(source: Path, target: Path, quantization: str = "int8") -> None:
    """Write the model at `source` into the folder `target`.

    Raises ModelUnusable: `ear.converter_missing` {package}, `ear.model_source` {reason}.
    """
    is_folder = source.is_dir()
    for package in ("torch", "transformers") if is_folder else ("torch", "whisper"):
        if find_spec(package) is None:
            raise ModelUnusable("ear.converter_missing", package=package)
    try:
        if is_folder:
            copied = [name for name in TOKENIZER_FILES if (source / name).is_file()]
            converter = TransformersConverter(str(source), copy_files=copied)
            converter.convert(str(target), quantization=quantization, force=True)
        else:
            _from_checkpoint(source, target, quantization)
    except (KeyError, ValueError, RuntimeError, OSError, EOFError, pickle.PickleError) as error:
        raise ModelUnusable("ear.model_source", reason=f"{source}: {error}") from error


def _from_checkpoint(source: Path, target: Path, quantization: str) -> None:
    import torch

    stored = torch.load(source, map_location="cpu", weights_only=True)
    size: Mapping[str, int] = stored["dims"]
    weights = {name: one.float().numpy() for name, one in stored["model_state_dict"].items()}
    spec = whisper_spec.WhisperSpec(
        size["n_audio_layer"], size["n_audio_head"], size["n_text_layer"], size["n_text_head"]
    )
    _Weights(weights).fill(spec)
    tokenizer, tokens, special = _tokenizer(size["n_vocab"])
    spec.register_vocabulary(tokens)
    _configure(spec.config, size, tokenizer, special)
    spec.validate()
    spec.optimize(quantization=None if quantization == "float32" else quantization)
    spec.save(str(target))
    tokenizer.save(str(target / "tokenizer.json"))
    features = {"feature_size": size["n_mels"], "sampling_rate": 16_000, "hop_length": 160}
    (target / "preprocessor_config.json").write_text(
        json.dumps({**features, "chunk_length": 30, "n_fft": 400}), "utf-8"
    )


class _Weights:
    """A checkpoint's tensors, and where each belongs."""

    def __init__(self, tensors: Mapping[str, Any]) -> None:
        self._tensors = tensors

    def fill(self, spec: Any) -> None:
        """Give every part of the specification its weights."""
        for name in ("conv1", "conv2"):
            self._linear(getattr(spec.encoder, name), f"encoder.{name}")
        spec.encoder.position_encodings.encodings = self._tensors["encoder.positional_embedding"]
        self._norm(spec.encoder.layer_norm, "encoder.ln_post")
        for number, layer in enumerate(spec.encoder.layer):
            self._block(layer, f"encoder.blocks.{number}")
        embedding = self._tensors["decoder.token_embedding.weight"]
        spec.decoder.embeddings.weight = spec.decoder.projection.weight = embedding
        spec.decoder.position_encodings.encodings = self._tensors["decoder.positional_embedding"]
        self._norm(spec.decoder.layer_norm, "decoder.ln")
        for number, layer in enumerate(spec.decoder.layer):
            name = f"decoder.blocks.{number}"
            self._block(layer, name)
            self._linear(layer.attention.linear[0], f"{name}.cross_attn.query")
            self._fused(layer.attention.linear[1], f"{name}.cross_attn", ("key", "value"))
            self._linear(layer.attention.linear[2], f"{name}.cross_attn.out")
            self._norm(layer.attention.layer_norm, f"{name}.cross_attn_ln")

    def _block(self, layer: Any, name: str) -> None:
        self._fused(layer.self_attention.linear[0], f"{name}.attn", ("query", "key", "value"))
        self._linear(layer.self_attention.linear[1], f"{name}.attn.out")
        self._norm(layer.self_attention.layer_norm, f"{name}.attn_ln")
        self._linear(layer.ffn.linear_0, f"{name}.mlp.0")
        self._linear(layer.ffn.linear_1, f"{name}.mlp.2")
        self._norm(layer.ffn.layer_norm, f"{name}.mlp_ln")

    def _linear(self, part: Any, name: str) -> Any:
        part.weight = self._tensors[f"{name}.weight"]
        if f"{name}.bias" in self._tensors:
            part.bias = self._tensors[f"{name}.bias"]
        return part

    def _fused(self, part: Any, name: str, of: tuple[str, ...]) -> None:
        each = [self._linear(common_spec.LinearSpec(), f"{name}.{one}") for one in of]
        utils.fuse_linear(part, each)

    def _norm(self, part: Any, name: str) -> None:
        part.gamma, part.beta = self._tensors[f"{name}.weight"], self._tensors[f"{name}.bias"]


def _configure(
    config: Any, size: Mapping[str, int], tokenizer: Tokenizer, special: Mapping[str, int]
) -> None:
    config.suppress_ids = []  # faster-whisper passes its own
    config.suppress_ids_begin = [tokenizer.encode(" ").ids[0], special["<|endoftext|>"]]
    config.lang_ids = [
        number for token, number in special.items() if token[2:-2] in _languages(size["n_vocab"])
    ]
    layers = range(size["n_text_layer"] // 2, size["n_text_layer"])
    config.alignment_heads = [*map(list, itertools.product(layers, range(size["n_text_head"])))]


def _languages(vocabulary: int) -> list[str]:
    from whisper.tokenizer import LANGUAGES

    return list(LANGUAGES)[: 99 if vocabulary == MULTILINGUAL_TOKENS else 100]


def _tokenizer(vocabulary: int) -> tuple[Tokenizer, list[str], Mapping[str, int]]:
    """Return the tokenizer, all tokens by number, and the numbers of the special ones."""
    from whisper.tokenizer import get_encoding

    languages = _languages(vocabulary)
    is_multilingual = vocabulary >= MULTILINGUAL_TOKENS
    encoding = get_encoding("multilingual" if is_multilingual else "gpt2", len(languages))
    ranks: Mapping[bytes, int] = encoding._mergeable_ranks
    letters = _letters()

    def spelt(token: bytes) -> str:
        return "".join(letters[one] for one in token)

    merges = [
        (spelt(parts[0]), spelt(parts[1]))
        for token, rank in sorted(ranks.items(), key=lambda one: one[1])
        if len(token) > 1 and len(parts := _parts(token, rank, ranks)) == 2
    ]
    known = {spelt(token): rank for token, rank in ranks.items()}
    special = {name: number for name, number in encoding._special_tokens.items()}
    tokenizer = Tokenizer(models.BPE(vocab=known, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    ordered = sorted(special, key=lambda name: special[name])
    tokenizer.add_special_tokens(
        [AddedToken(one, special=True, normalized=False) for one in ordered]
    )
    numbered = {number: token for token, number in {**known, **special}.items()}
    if len(numbered) != vocabulary or any(
        tokenizer.token_to_id(token) != number for token, number in special.items()
    ):
        raise ValueError(f"a vocabulary of {vocabulary} tokens is not known")
    return tokenizer, [numbered[number] for number in range(vocabulary)], special


def _parts(token: bytes, rank: int, ranks: Mapping[bytes, int]) -> list[bytes]:
    """Return the two tokens that were merged into this one: merge all that rank before it."""
    parts = [bytes([one]) for one in token]
    while True:
        pairs = (
            (ranks.get(a + b, rank), at) for at, (a, b) in enumerate(itertools.pairwise(parts))
        )
        best, at = min(pairs, default=(rank, 0))
        if best >= rank:
            return parts
        parts = [*parts[:at], parts[at] + parts[at + 1], *parts[at + 2 :]]


def _letters() -> dict[int, str]:
    """How GPT-2 writes each byte as one visible letter."""
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [one for one in range(256) if one not in visible]
    return {one: chr(one) for one in visible} | {
        one: chr(256 + number) for number, one in enumerate(others)
    }
