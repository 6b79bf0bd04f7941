"""Takes one rule of the gate away at a time and asks the tests whether they notice.

`python -m tests.fuzz.weaken [word ...]`: the rules whose names hold one of the words, else all. Each is
taken out of a copy of `realtime`; then the machine (`test_gate_machine`) runs against that copy, and
where it notices nothing the named attacks (the other `test_gate_*`). Ends with 1 if neither notices.
A rule whose text is not found any more is an error: this list follows the gate.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
MACHINE = """
import realtime.gate
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.realtime.test_gate_machine import People, TestPeople
assert "/colloquy-weak-" in realtime.gate.__file__
once = settings(TestPeople.settings, phases=[Phase.generate])  # whether, not the shortest way
try:
    run_state_machine_as_test(People, settings=once)
except BaseException as failure:
    print(failure)
    raise SystemExit(3)
"""
ATTACKS = ("-m", "pytest", "-q", "-x", "-n0", "-p", "no:cacheprovider")
FILES = tuple(
    str(path)
    for path in sorted((ROOT / "tests/realtime").glob("test_gate_*.py"))
    if path.stem != "test_gate_machine"
)
FAILED = {"-P": 3, "-m": 1}
"""What a failed machine, and a failed test, end with."""
PATIENCE = 600


@dataclass(frozen=True, slots=True)
class Weakening:
    """A rule by what becomes possible without it; the text of `realtime/<module>.py` that goes."""

    name: str
    module: str
    text: str
    instead: str = "if False:"


NOTHING = Weakening("nothing", "gate", "class Gate:", "class Gate:")
"""Taken away first: nobody may complain."""
WEAKENINGS = (
    Weakening("client ids of others advance", "gate", "if struct.client not in member.clients:"),
    Weakening("who only reads writes", "gate", "if fresh and not member.may_annotate:"),
    Weakening("who only reads deletes", "gate", "if not member.may_annotate:"),
    Weakening(
        "an annotation of others is written over",
        "gate",
        "if before is not None and not (before.dead and before.author == member.person):",
    ),
    Weakening("another's name as author", "rules", "if value != person:"),
    Weakening(
        "a field of another's annotation",
        "gate",
        'if note.author != member.person and not (key == "opened" and member.may_open):',
    ),
    Weakening(
        "text in a wording that is not open",
        "gate",
        "if wording.note.author != member.person and not wording.note.opened:",
    ),
    Weakening(
        "another's reply replaced",
        "gate",
        "if author is not None and author != member.person:",
    ),
    Weakening("another's name under a reply", "rules", 'if value["author"] != person:'),
    Weakening(
        "the server's roots are written",
        "gate",
        'raise Refused("gate.server", "only the server writes here")',
        "pass",
    ),
    Weakening(
        "the server's roots are deleted in",
        "gate",
        'return Refused("gate.foreign", "only the server writes here")',
        "return None",
    ),
    Weakening(
        "another's annotation deleted",
        "gate",
        "if note.author != member.person or note.foreign:",
        "if note.foreign:",
    ),
    Weakening(
        "an annotation with words of others deleted",
        "gate",
        "if note.author != member.person or note.foreign:",
        "if note.author != member.person:",
    ),
    Weakening(
        "a field of another's annotation deleted",
        "gate",
        'if container.author != member.person and not (key == "opened" and member.may_open):',
    ),
    Weakening(
        "a part that an annotation must have deleted",
        "gate",
        'if kept and container.last.get(key or "") == (span.client, span.clock):',
    ),
    Weakening(
        "text deleted in a wording that is not open",
        "gate",
        "if container.note.author != member.person and not container.note.opened:",
    ),
    Weakening(
        "another's reply deleted",
        "gate",
        'if container.replies.get(key or "") != member.person:',
    ),
    Weakening("an annotation that is not whole", "gate", "if missing:"),
    Weakening(
        "a wording without end", "gate", "note.wording.size >", "note.wording.size < 0 and 1 >"
    ),
    Weakening(
        "formatting, embeds and keys in a wording",
        "gate",
        "if key is not None or struct.kind not in (STRING, DELETED):",
    ),
    Weakening("unknown keys", "gate", "if key not in document.ANNOTATION_KEYS:"),
    Weakening(
        "values that are not what the key holds",
        "rules",
        "if check is None or not check(value):",
    ),
    Weakening(
        "an annotation that is no map",
        "gate",
        "if struct.kind != DELETED and (struct.kind, struct.value) != (TYPE, TYPE_MAP):",
    ),
    Weakening("a second wording or thread", "gate", "if note.last.get(key) is not None:"),
    Weakening(
        "writing into a deleted annotation",
        "gate",
        'raise Refused("gate.gone", "the annotation was deleted")',
        "return",
    ),
    Weakening("a silent minute", "gate", "if self.quiet:"),
    Weakening("writing while the session is not open", "gate", "if fresh and self.shut:"),
    Weakening("deleting while the session is not open", "gate", "if self.shut:"),
    Weakening(
        "unknown roots",
        "table",
        'raise Refused("gate.root", "unknown root")',
        "return Fixed.ANNOTATIONS",
    ),
    Weakening("a gap before a struct", "table", "if struct.clock != clock:"),
    Weakening(
        "a neighbour that nobody knows",
        "table",
        "if at >= (clock if of == client else known(of)):",
    ),
    Weakening(
        "an item between two places",
        "table",
        "if left is not None and right is not None and left != right:",
    ),
    Weakening(
        "an item inside a character",
        "gate",
        "if struct.origin is not None or struct.right is not None:",
    ),
    Weakening(
        "half of a character deleted",
        "gate",
        "if self._table.splits(client, clock) or self._table.splits(client, clock + length):",
    ),
    Weakening("deletions of what is not known", "gate", "if live and unknown:"),
    Weakening(
        "foreign deletions in the answer to step 1",
        "gate",
        "            if reason is None:",
        "            if reason is None or not live:",
    ),
    Weakening(
        "known structs are not trimmed",
        "gate",
        "if struct.clock + struct.length <= known:",
    ),
    Weakening("trailing bytes", "decode", "if at != len(data):"),
    Weakening(
        "any number of structs", "gate", "MAX_LIVE_STRUCTS if live else MAX_STRUCTS", "1 << 30"
    ),
    Weakening(
        "updates of any size",
        "gate",
        "if live and len(update) > MAX_LIVE_UPDATE_BYTES:",
    ),
    Weakening("long ids", "rules", "if not text or len(text) > MAX_ID_CHARACTERS:", "if not text:"),
)


def without(rule: Weakening, folder: Path) -> None:
    """Put a copy of `realtime` that lacks the rule into `folder`."""
    shutil.copytree(ROOT / "realtime", folder / "realtime", dirs_exist_ok=True)
    module = folder / "realtime" / f"{rule.module}.py"
    source = module.read_text(encoding="utf-8")
    if rule.text not in source:
        raise SystemExit(f"{rule.name}: this is not in realtime/{rule.module}.py: {rule.text}")
    module.write_text(source.replace(rule.text, rule.instead), encoding="utf-8")


def notices(folder: Path, *command: str) -> bool:
    """Whether a command fails with what `folder` holds in the place of what stands here."""
    ran = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{folder}:{ROOT}"},
        capture_output=True,
        timeout=PATIENCE,
    )
    if ran.returncode not in (0, FAILED[command[0]]):
        raise SystemExit(ran.stdout.decode() + ran.stderr.decode())
    return ran.returncode != 0


def main(words: list[str]) -> int:
    """Weaken, ask and print, a rule a line."""
    unnoticed = 0
    chosen = [rule for rule in WEAKENINGS if not words or any(word in rule.name for word in words)]
    for rule in (NOTHING, *chosen):
        with tempfile.TemporaryDirectory(prefix="colloquy-weak-") as folder:
            without(rule, Path(folder))
            if notices(Path(folder), "-P", "-c", MACHINE):
                said = "the machine"
            elif notices(Path(folder), *ATTACKS, "-o", f"pythonpath={folder} .", *FILES):
                said = "the named attacks"
            else:
                said = "NOBODY"
        print(f"{rule.name}: {said}", flush=True)
        unnoticed += (said == "NOBODY") is not (rule is NOTHING)
    print(f"{len(chosen)} rules taken away, {unnoticed} not as it should be")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
