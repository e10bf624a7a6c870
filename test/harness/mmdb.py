"""Writes MaxMind databases (MMDB 2.0) for tests: 24-bit records, an IPv6 tree with IPv4 below ::/96."""
import ipaddress


def encode(value):
    if isinstance(value, str):
        return _control(2, len(value)) + value.encode()
    if isinstance(value, dict):
        return _control(7, len(value)) + b"".join(encode(k) + encode(v) for k, v in value.items())
    if isinstance(value, list):
        return _control(11, len(value)) + b"".join(map(encode, value))
    return _number(6, value)


def _control(kind, size):
    return bytes([size, kind - 7]) if kind > 7 else bytes([kind << 5 | size])


def _number(kind, value):
    digits = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return _control(kind, len(digits)) + digits


def database(networks):
    """`networks`: CIDR → record. A longer prefix must not lie within a shorter one."""
    nodes, data = [[None, None]], b""
    for text, record in networks.items():
        network = ipaddress.ip_network(text)
        bits = network.prefixlen + (96 if network.version == 4 else 0)
        node = 0
        for depth in range(bits):
            side = int(network.network_address) >> (127 - depth) & 1
            if depth == bits - 1:
                nodes[node][side] = ("data", len(data))
                break
            if nodes[node][side] is None:
                nodes.append([None, None])
                nodes[node][side] = ("node", len(nodes) - 1)
            node = nodes[node][side][1]
        data += encode(record)
    tree = b""
    for node in nodes:
        for record in node:
            value = len(nodes) if record is None else record[1] + (len(nodes) + 16 if record[0] == "data" else 0)
            tree += value.to_bytes(3, "big")
    metadata = _control(7, 9)
    for key, value in (("node_count", _number(6, len(nodes))), ("record_size", _number(5, 24)), ("ip_version", _number(5, 6)),
                       ("database_type", encode("Test")), ("languages", encode([])), ("binary_format_major_version", _number(5, 2)),
                       ("binary_format_minor_version", _number(5, 0)), ("build_epoch", _number(9, 1_800_000_000)),
                       ("description", encode({}))):
        metadata += encode(key) + value
    return tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + metadata
