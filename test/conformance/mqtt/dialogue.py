"""Reads dialogue files. README.md describes the format."""
import pathlib
import re
from dataclasses import dataclass, field

VERSIONS = {"3.1.1": 4, "5.0": 5}
_ESCAPES = {"n": b"\n", "0": b"\0", "'": b"'", "\\": b"\\"}


class Mistake(Exception):
    """A dialogue file is wrong; never the broker's fault."""


@dataclass
class Step:
    line: int
    text: str
    version: int | None  # only for this version


@dataclass
class Dialogue:
    title: str
    file: str
    line: int
    clauses: dict = field(default_factory=dict)  # version -> clause ids
    steps: list = field(default_factory=list)


def tokens(text, root, variables):
    """Words of a step as bytes. `~` is the dialogue's topic root, `$name` a value caught before; in quotes both are
    themselves, and \\xHH is a byte."""
    words, word, at, inside = [], None, 0, False
    while at < len(text):
        c = text[at]
        at += 1
        if inside:
            if c == "'":
                inside = False
            elif c == "\\":
                kind = text[at]
                if kind == "x":
                    word += bytes.fromhex(text[at + 1:at + 3])
                    at += 3
                else:
                    word += _ESCAPES[kind]
                    at += 1
            else:
                word += c.encode()
        elif c == " ":
            if word is not None:
                words.append(word)
            word = None
        else:
            word = word if word is not None else b""
            found = re.match(r"\$([a-z][a-z0-9]*)", text[at - 1:])
            if c == "'":
                inside = True
            elif c == "~":
                word += root
            elif found and found[1] in variables:
                word += variables[found[1]]
                at += len(found[1])
            else:
                word += c.encode()
    if inside:
        raise Mistake(f"an open quote: {text}")
    return words + ([word] if word is not None else [])


def split_words(words):
    """Positional words and key=value pairs; a key is a name like `will-qos` or `w.user`."""
    positional, pairs = [], []
    for word in words:
        found = re.match(rb"([a-z][a-z.-]*)=(.*)$", word, re.DOTALL)
        if found:
            pairs.append((found[1].decode(), found[2]))
        else:
            positional.append(word)
    return positional, pairs


def read_file(path):
    found = []
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = raw.rstrip()
        if line.startswith("== "):
            found.append(Dialogue(line[3:], path.stem, number))
        elif not line or line.startswith("#"):
            continue
        elif not found:
            raise Mistake(f"{path}:{number}: a step before the first dialogue")
        elif match := re.match(r"(3\.1\.1|5\.0) ((\[MQTT-[0-9.]+-[0-9]+\] ?)+)$", line):
            found[-1].clauses.setdefault(VERSIONS[match[1]], []).extend(re.findall(r"\[MQTT-([0-9.-]+)\]", match[2]))
        else:
            guard = re.match(r"(3\.1\.1|5\.0)\| ", line)
            text = line[guard.end():] if guard else line
            found[-1].steps.append(Step(number, text, VERSIONS[guard[1]] if guard else None))
    for d in found:
        if not d.clauses or not d.steps:
            raise Mistake(f"{path}:{d.line}: “{d.title}” has no clause or no step")
    return found


def read_all(folder):
    found = []
    for path in sorted(pathlib.Path(folder).glob("*.txt")):
        found += read_file(path)
    titles = [d.title for d in found]
    for title in titles:
        if titles.count(title) > 1:
            raise Mistake(f"two dialogues are named “{title}”")
    return found
