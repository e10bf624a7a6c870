"""The tables of normative statements, and which dialogue shows what."""
import pathlib
import re
from dataclasses import dataclass

HERE = pathlib.Path(__file__).resolve().parent
NAMES = {4: "3.1.1", 5: "5.0"}


@dataclass
class Clause:
    id: str
    whose: str  # server, client or outside
    reason: str


def read_table(version):
    found = []
    for number, line in enumerate((HERE / "clauses" / f"{NAMES[version]}.txt").read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("#"):
            continue
        match = re.match(r"([0-9.]+-[0-9]+) (?:(server)|(client|outside) (.+))$", line)
        if not match:
            raise ValueError(f"clauses/{NAMES[version]}.txt:{number}: {line}")
        found.append(Clause(match[1], match[2] or match[3], match[4] or ""))
    return found


def gaps(tables, dialogues):
    """What is wrong between tables and dialogues, one sentence each."""
    problems = []
    for version, table in tables.items():
        known = {c.id for c in table}
        cited = {clause for d in dialogues for clause in d.clauses.get(version, [])}
        problems += [f"MQTT {NAMES[version]} has no statement [MQTT-{c}], which a dialogue names" for c in sorted(cited - known)]
        problems += [f"no dialogue shows [MQTT-{c.id}] of MQTT {NAMES[version]}" for c in table if c.whose == "server" and c.id not in cited]
        problems += [f"a dialogue shows [MQTT-{c.id}] of MQTT {NAMES[version]}, which is said to be invisible"
                     for c in table if c.whose == "outside" and c.id in cited]
        ids = [c.id for c in table]
        problems += [f"[MQTT-{i}] stands twice in the table of MQTT {NAMES[version]}" for i in sorted({i for i in ids if ids.count(i) > 1})]
    return problems
