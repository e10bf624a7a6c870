"""Compares a received packet with a step's words."""
from connection import describe
from dialogue import Mistake
from properties import *

_LISTS = {"user", "subid"}  # may appear more than once


def number_matches(value, pattern):
    """`7`, `0x87`, `1..5`, `1|2`, `!3`, `*`, `none`."""
    if pattern == "*":
        return value is not None
    if pattern == "none" or value is None:
        return pattern == "none" and value is None
    if pattern.startswith("!"):
        return not number_matches(value, pattern[1:])
    for part in pattern.split("|"):
        low, dots, high = part.partition("..")
        if dots and int(low, 0) <= value <= int(high, 0) or not dots and value == int(part, 0):
            return True
    return False


def fits(packet, positional, pairs, variables):
    """None when the packet is as the words say, else what differs. `id=$name` keeps a number for later."""
    if packet["type"] == PUBLISH:
        wanted = dict(zip(("topic", "payload"), positional))
        size = next((v for k, v in pairs if k == "size"), None)
        if size is not None:
            wanted["payload"] = b"x" * int(size)
        for name, value in wanted.items():
            if packet[name] != value:
                return f"{name} is {packet[name][:200]!r}, expected {value[:200]!r}"
    elif positional:
        raise Mistake(f"words without a name for {NAMES[packet['type']]}")
    for key in {k for k, _ in pairs if k in _LISTS}:
        values = [v for k, v in pairs if k == key]
        have = [v for n, v in packet["properties"] if n == key]
        if values == [b"none"]:
            values = []
        if key == "subid":
            values, have = sorted(int(v) for v in values), sorted(have)
        if have != values:
            return f"{key} is {have}, expected {values}"
    for key, value in pairs:
        if key in _LISTS or key == "size":
            continue
        problem = field_differs(packet, key, value, variables)
        if problem:
            return problem
    return None


def field_differs(packet, key, value, variables):
    if key == "codes":
        patterns = value.decode().split(",")
        have = packet.get("codes", [])
        if len(have) != len(patterns) or not all(number_matches(h, p) for h, p in zip(have, patterns)):
            return f"codes are {[hex(c) for c in have]}, expected {value.decode()}"
        return None
    have = packet[key] if key in packet else dict(packet["properties"]).get(key)
    if key not in packet and key not in BY_NAME:
        raise Mistake(f"{NAMES[packet['type']]} has no {key}")
    if value.startswith(b"$"):
        variables[value[1:].decode()] = have if isinstance(have, bytes) else str(have).encode()
        return None
    if isinstance(have, bytes) and value != b"*":
        same = have == value
    elif have is None and value not in (b"none", b"*") and BY_NAME.get(key) and BY_NAME[key].kind in ("string", "binary"):
        same = False
    else:
        same = number_matches(have, value.decode("utf-8", "replace")) if not isinstance(have, bytes) else True
    return None if same else f"{key} is {have!r}, expected {value.decode('utf-8', 'backslashreplace')}: {describe(packet)}"
