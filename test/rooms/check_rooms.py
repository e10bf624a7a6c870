"""Fails when an include runs upward or sideways between rooms.

usage: check_rooms.py TABLE SOURCE_DIR
TABLE has one room a line: name, directory, floor, and optionally a comma-separated list of the only rooms it may include.
"""
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def read_table(text):
    rooms = {}
    for line in text.splitlines():
        name, directory, floor, *only = line.split()
        rooms[name] = (directory, int(floor), set(only[0].split(",")) if only else None)
    return rooms


def room_of_include(path, rooms):
    first = path.split("/", 1)[0]
    return first if first in rooms else None


def trespasses(rooms, source):
    """Yields a sentence for every include line that breaks the rule."""
    for name, (directory, floor, only) in rooms.items():
        for file in sorted(pathlib.Path(source, directory).rglob("*")):
            if file.suffix not in (".h", ".cpp"):
                continue
            for match in INCLUDE.finditer(file.read_text(encoding="utf-8")):
                line = file.read_text(encoding="utf-8").count("\n", 0, match.start(1)) + 1
                where = f"{file.relative_to(source)}:{line}"
                target = room_of_include(match.group(1), rooms)
                if target is None:
                    yield f"{where}: \"{match.group(1)}\" names no room; write the full room path"
                elif target == name:
                    continue
                elif only is not None and target not in only:
                    yield f"{where}: {name} may include only {', '.join(sorted(only))}; not {target}"
                elif only is None and rooms[target][1] > floor:
                    yield f"{where}: {name} (floor {floor}) includes upward: {target} (floor {rooms[target][1]})"
                elif only is None and rooms[target][1] == floor:
                    yield f"{where}: {name} includes sideways: {target} stands on floor {floor} too"


def main():
    rooms = read_table(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    found = list(trespasses(rooms, sys.argv[2]))
    print("\n".join(found) if found else f"{len(rooms)} rooms, no trespass")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
