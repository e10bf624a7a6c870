"""What a client of a dialogue can do. README.md lists the verbs."""
import time

from client import KINDS, SESSION_SECONDS, Failed
from connection import Closed, Timeout, describe
from dialogue import Mistake, split_words
from encoder import Words, filter_options
from matching import number_matches
from properties import *


def split_of(words):
    count = words.number("split")
    words.pairs = [(k, v) for k, v in words.pairs if k != "split"]
    return count


def send(client, words):
    packet = client.words(words[1:])
    count = split_of(packet)
    client.send(KINDS[words[0].decode()], packet, count)


def send_bytes(client, words):
    """Bytes as they are: hexadecimal words, and text after `=`."""
    if client.connection is None:
        client.open()
    data = b"".join(w[1:] if w.startswith(b"=") else bytes.fromhex(w.decode()) for w in words)
    client.play.note(f"{client.name} >> {data.hex()}")
    client.connection.send(data)


def expect(client, words):
    """`… unordered` takes it from among others; `… or closed` is content when the server closes instead."""
    unordered, or_closed = words[-1] == b"unordered", words[-2:] == [b"or", b"closed"]
    positional, pairs = split_words(words[1:-1] if unordered else words[1:-2] if or_closed else words[1:])
    kind = KINDS[words[0].decode()]
    if or_closed and not wait_kind(client, kind):
        return None
    return client.expect(kind, positional, pairs, unordered)


def wait_kind(client, kind):
    """Whether a packet of that kind came before the connection was closed for a reason."""
    deadline = time.monotonic() + client.play.patience
    while not any(p["type"] == kind for p in client.connection.inbox):
        try:
            client.connection.receive(deadline - time.monotonic())
        except Timeout:
            raise Failed(f"neither {NAMES[kind]} nor a close came") from None
        except Closed:
            pop(client, DISCONNECT)
            return False
    return True


def connects(client, words):
    """CONNECT and a CONNACK that accepts. `keep` asks for a session that outlives the connection."""
    keep = words[:1] == [b"keep"]
    positional, pairs = split_words(words[1:] if keep else words)
    answer = [(k, v) for k, v in pairs if k in ("present", "assigned-client") or k.startswith("got.")]
    pairs = [(k, v) for k, v in pairs if (k, v) not in answer]
    if keep:
        pairs.append(("clean", b"0"))
        if client.play.version == 5 and not any(k == "session-expiry" for k, _ in pairs):
            pairs.append(("session-expiry", SESSION_SECONDS))
    raw = [k.encode() + b"=" + v for k, v in pairs]
    if client.connection and not client.connection.welcomed and not client.connection.connack and not client.connection.ended:
        pass  # `opens` came first
    else:
        client.open()
    packet = client.words(raw)
    count = split_of(packet)
    client.send(CONNECT, packet, count)
    expected = [("code", b"0")] + [(k.removeprefix("got."), v) for k, v in answer]
    if not keep and not any(k == "present" for k, _ in answer) and dict(pairs).get("clean", b"1") == b"1":
        expected.append(("present", b"0"))
    client.expect(CONNACK, [], expected)


def subscribes(client, words):
    """SUBSCRIBE and its SUBACK, which grants what was asked for unless `granted=` says otherwise."""
    packet = client.words(words)
    granted = packet.get("granted")
    packet.pairs = [(k, v) for k, v in packet.pairs if k != "granted"] + [("id", client.next_id())]
    if granted is None:
        granted = b",".join(str(filter_options(w)[1] & 3).encode() for w in packet.positional)
    client.send(SUBSCRIBE, packet)
    client.expect(SUBACK, [], [("id", packet.get("id")), ("codes", granted)])


def unsubscribes(client, words):
    packet = client.words(words)
    codes = packet.get("codes")
    packet.pairs = [(k, v) for k, v in packet.pairs if k != "codes"] + [("id", client.next_id())]
    client.send(UNSUBSCRIBE, packet)
    pairs = [("id", packet.get("id"))]
    if client.play.version == 5:
        pairs.append(("codes", codes or b",".join([b"0"] * len(packet.positional))))
    client.expect(UNSUBACK, [], pairs)


def publishes(client, words):
    """A whole publication: PUBLISH and what its QoS asks for, accepted by the server."""
    packet = client.words(words)
    qos = packet.number("qos")
    if qos and not packet.has("id"):
        packet.pairs.append(("id", client.next_id()))
    client.send(PUBLISH, packet)
    identifier = ("id", packet.get("id"))
    fine = ("code", b"0|0x10")
    if qos == 1:
        client.expect(PUBACK, [], [identifier, fine])
    elif qos == 2:
        client.expect(PUBREC, [], [identifier, fine])
        client.send(PUBREL, Words([], [identifier]))
        client.expect(PUBCOMP, [], [identifier, ("code", b"0")])


def gets(client, words):
    """Receives a PUBLISH and acknowledges it as its QoS asks for. With `maybe` only if it came before a ping's answer."""
    unordered, maybe = words[-1] == b"unordered", words[-1] == b"maybe"
    positional, pairs = split_words(words[:-1] if unordered or maybe else words)
    if maybe:
        alive(client, [])
        if not any(p["type"] == PUBLISH for p in client.connection.inbox):
            return
    packet = client.expect(PUBLISH, positional, pairs, unordered)
    identifier = [("id", str(packet["id"]).encode())]
    if packet["qos"] == 1:
        client.send(PUBACK, Words([], identifier))
    elif packet["qos"] == 2:
        client.send(PUBREC, Words([], identifier))
        client.expect(PUBREL, [], identifier + [("code", b"0")])
        client.send(PUBCOMP, Words([], identifier))


def hears(client, words):
    """`hears nothing`, or `hears nothing of <topic>`: what came before a ping came back is all there is."""
    client.send(PINGREQ, Words([], []))
    client.take(PINGRESP)
    if words[:2] == [b"nothing", b"of"]:
        others = [p for p in client.connection.inbox if p["type"] == PUBLISH and p["topic"].startswith(words[2])]
        client.connection.inbox = [p for p in client.connection.inbox if p["type"] != PUBLISH]
    elif words == [b"nothing"]:
        others = client.connection.inbox
    else:
        raise Mistake("hears nothing [of <topic>]")
    if others:
        raise Failed(f"it got {describe(others[0])}")


def alive(client, words):
    client.send(PINGREQ, Words([], []))
    client.take(PINGRESP)


def wait_closed(client, within=None):
    begun = time.monotonic()
    low, high = (0.0, client.play.patience) if within is None else (float(x) for x in within.decode().split(".."))
    while True:
        try:
            client.connection.receive(max(0.001, begun + high - time.monotonic()))
        except Timeout:
            raise Failed("the connection was not closed") from None
        except Closed:
            break
    if client.connection.ended - begun < low:
        raise Failed(f"closed after {client.connection.ended - begun:.2f} s, too early")


def pop(client, kind):
    packet = next((p for p in client.connection.inbox if p["type"] == kind), None)
    if packet:
        client.connection.inbox.remove(packet)
    return packet


def closed(client, words):
    """The server ends the connection; in MQTT 5 it may say why first, and then `code=` must be what it says."""
    pairs = dict(split_words(words)[1])
    wait_closed(client, pairs.get("within"))
    said = pop(client, DISCONNECT)
    if not said:
        if "said" in pairs:
            raise Failed("closed without a DISCONNECT")
        return
    if said["code"] < 0x80:
        raise Failed(f"{describe(said)}, which is no reason to close")
    if "code" in pairs and not number_matches(said["code"], pairs["code"].decode()):
        raise Failed(f"{describe(said)}, expected code {pairs['code'].decode()}")


def refused(client, words):
    """The CONNECT is answered with a CONNACK that refuses, and the connection is closed. With `silent` (MQTT 3.1.1:
    always, [MQTT-3.1.4-1]) or `maybe` the CONNACK must or may be missing."""
    positional, pairs = split_words(words)
    wait_closed(client)
    answer = pop(client, CONNACK)
    if answer is None:
        if not positional:
            raise Failed("closed without a CONNACK")
        return
    if positional == [b"silent"]:
        raise Failed(f"{describe(answer)}, expected none")
    code = dict(pairs).get("code", b"1..255").decode()
    if not number_matches(answer["code"], code):
        raise Failed(f"{describe(answer)}, expected code {code}")


def accepted(client, words):
    """`accepted or refused code=…`: CONNACK either way, and a close after a refusal."""
    answer = client.expect(CONNACK, [], [])
    if answer["code"] == 0:
        return
    code = dict(split_words(words)[1])["code"].decode()
    if not number_matches(answer["code"], code):
        raise Failed(f"{describe(answer)}, expected code {code}")
    wait_closed(client)


def disconnects(client, words):
    client.send(DISCONNECT, client.words(words))
    try:
        wait_closed(client, b"0..3")  # when it closes, it has understood
    except Failed:
        pass
    client.connection.close()
    client.connection.ended = client.connection.ended or time.monotonic()


def drops(client, words):
    client.play.note(f"{client.name} > (cut)")
    client.connection.cut()
    client.connection.ended = time.monotonic()


def opens(client, words):
    """`opens`, or `opens websocket`: the connection alone, before CONNECT."""
    client.open(websocket=words == [b"websocket"])
    if words == [b"websocket"]:
        client.play.note(f"{client.name} < 101 {client.connection.socket.subprotocol.decode()}")





def forgets(client, words):
    """What was received and not expected does not matter."""
    client.connection.inbox.clear()


VERBS = {">": send, ">>": send_bytes, "<": expect, "connects": connects, "subscribes": subscribes,
         "unsubscribes": unsubscribes, "publishes": publishes, "gets": gets, "hears": hears, "alive": alive,
         "closed": closed, "refused": refused, "accepted": accepted, "disconnects": disconnects, "drops": drops,
         "opens": opens, "forgets": forgets}
