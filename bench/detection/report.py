#!/usr/bin/env python3
"""Runs the programs over public recordings and prints one table: what was asked, what was measured.

    report.py PROGRAMS DATA [--verbose]

PROGRAMS is the folder of the built programs, DATA the folder of the recordings. NAB is scored by DATA/../tools/nab_score.py
when it is there, or by the program that NAB_SCORE names.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

NAB_THRESHOLD = "0.968"  # score 3: one value in a thousand


def ratio(found):
    return float(found[0]) / max(1.0, float(found[1]))


# name, what is measured, what was asked, pattern of its figures, whether they suffice; every match must.
FIGURES = [
    ("nab", "NAB, standard profile, fixed threshold", "reported", r"standard\s+score\s+([\d.]+)", None),
    ("skab", "SKAB, events found", "reported", r"(\d+) of (\d+) events found", None),
    ("gnss_jumps", "GNSS jumps of 3 km and more found", "all",
     r"(?:3|5|10)(?:000)? k?m +found +(\d+) of +(\d+)", lambda f: ratio(f) == 1),
    ("gnss_jumps", "pages on clean drives", "0", r"clean .*: (\d+) pages", lambda f: f[0] == "0"),
    ("gnss_drag_off", "drag-off of 10 m/s within 300 s, listed", "0.98",
     r"listed, 10 m/s +found within 300 s: (\d+) of (\d+)", lambda f: ratio(f) >= 0.98),
    ("gnss_jamming", "jamming bursts in time", "within 5 s", r"burst labelled .*: (found|NOT found) in time",
     lambda f: f[0] == "found"),
    ("gnss_spoofing", "spoofed flights: recall, false alarms", "0.98, 0.002",
     r"reports: recall ([\d.]+), false alarms ([\d.]+)", lambda f: float(f[0]) >= 0.98 and float(f[1]) <= 0.002),
    ("identity_exposure", "benign captures flagged", "0", r"benign captures flagged (\d+) of (\d+)",
     lambda f: f[0] == "0"),
    ("cork_drives", "pages in Cork", "no rogue cell", r"^pages: ?((?:none)?(?:\n  [a-z-]+ +\d+)*)",
     lambda f: "rogue" not in f[0]),
    ("temperature_replay", "false alarms in clean temperatures", "none in 10,000", r"(\d+) false alarms",
     lambda f: f[0] == "0"),
    ("temperature_replay", "frozen or replayed temperatures, as recorded", "0.95",
     r"^(?:frozen|replayed), .*?(\d+) of +(\d+) found", lambda f: ratio(f) >= 0.95),
]


def as_recorded(text):
    """The series that were not made coarser."""
    return "\n".join(part for part in re.split(r"(?m)^(?=\w+, (?:as recorded|rounded))", text) if ", rounded" not in part[:60])


def run(programs, data, name, folder):
    program = programs / f"bench_detection_{name}"
    arguments = {"nab": [str(data / "nab"), folder], "skab": [str(data / "skab")]}.get(name, [str(data)])
    done = subprocess.run([str(program), *arguments], capture_output=True, text=True, check=False)
    text = done.stdout + done.stderr
    scorer = os.environ.get("NAB_SCORE", str(data.parent / "tools" / "nab_score.py"))
    if name == "nab" and os.path.exists(scorer):
        command = [sys.executable, scorer, "score", "--corpus", str(data / "nab"), "--results", folder,
                   "--threshold", NAB_THRESHOLD]
        text += subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return as_recorded(text) if name == "temperature_replay" else text


def main():
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    if len(words) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    programs, data = (pathlib.Path(word).resolve() for word in words)
    said, below = {}, 0
    with tempfile.TemporaryDirectory() as folder:
        for name in dict.fromkeys(figure[0] for figure in FIGURES):
            said[name] = run(programs, data, name, folder)
            if "--verbose" in sys.argv:
                print(f"== {name}\n{said[name]}")
    print(f"{'':48} {'asked':16} measured")
    for name, what, asked, pattern, suffices in FIGURES:
        found = [match.groups("") for match in re.finditer(pattern, said[name], re.MULTILINE)]
        bad = not found or (suffices is not None and not all(suffices(figures) for figures in found))
        below += bad
        figures = "  ".join(dict.fromkeys(" / ".join(" ".join(part.split()) for part in figures if part) for figures in found))
        print(f"{what:48} {asked:16} {figures or 'no figure'}{'   BELOW' if bad else ''}")
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
