"""What few dialogues need: offers of the server, copies, aliases, groups of subscribers, WebSocket frames."""
import time

from client import Client, Failed, Unavailable
from connection import Closed, Timeout, describe
from dialogue import split_words
from encoder import Words
from matching import number_matches
from properties import *
from verbs import alive, hears, subscribes

# What the server offers when CONNACK does not say.
DEFAULTS = {"alias-maximum": 0, "receive-maximum": 65535, "maximum-qos": 2, "server-keep-alive": None, "maximum-packet": None}


def needs(client, words):
    """`needs <property> <pattern>`: of what the server announces in CONNACK to a client that asks for nothing."""
    probe = Client(client.play, "probe")
    probe.open()
    probe.send(CONNECT, Words([], []))
    packet = probe.take(CONNACK)
    client.play.old.append(probe.connection)
    probe.connection.send(b"\xe0\x00")
    value = dict(packet["properties"]).get(words[0].decode(), DEFAULTS.get(words[0].decode(), 1))
    if not number_matches(value, words[1].decode()):
        raise Unavailable(f"the server announces {words[0].decode()} {value}")
    client.play.variables[words[0].decode().replace("-", "")] = str(value).encode()


def agreed(client, words):
    """`agreed mqtt`: the WebSocket subprotocol that the server chose."""
    if client.connection.socket.subprotocol != words[0]:
        raise Failed(f"the server chose the subprotocol {client.connection.socket.subprotocol!r}")


def text_frame(client, words):
    client.connection.send_text(words[0])


def copies(client, words):
    """`copies <topic> <payload> subids=1,2 without=<n>`: one PUBLISH with all the Subscription Identifiers, or one for
    each matching subscription, of which `without` have none (MQTT 5, 3.3.4)."""
    positional, pairs = split_words(words)
    wanted = sorted(int(n) for n in dict(pairs)["subids"].split(b","))
    total = len(wanted) + int(dict(pairs)["without"])
    first = client.expect(PUBLISH, positional, [])
    client.send(PUBACK, Words([], [("id", str(first["id"]).encode())]))
    found = [sorted(v for n, v in first["properties"] if n == "subid")]
    if found == [wanted]:
        return
    while len(found) < total:
        packet = client.expect(PUBLISH, positional, [])
        client.send(PUBACK, Words([], [("id", str(packet["id"]).encode())]))
        found.append(sorted(v for n, v in packet["properties"] if n == "subid"))
    if sorted(found) != sorted([[n] for n in wanted] + [[]] * (total - len(wanted))):
        raise Failed(f"the copies carry the Subscription Identifiers {found}")


def overruns(client, words):
    """Sends one message of QoS 2 more than the server's Receive Maximum, and no PUBREL."""
    for number in range(1, int(client.play.variables["receivemaximum"]) + 2):
        client.send(PUBLISH, Words([words[0], b"x"], [("qos", b"2"), ("id", str(number).encode())]))
    try:
        while not client.connection.told_off:
            client.connection.receive(client.play.patience)
            client.connection.inbox = [p for p in client.connection.inbox if p["type"] == DISCONNECT]
    except Closed:
        pass
    except Timeout:
        raise Failed("it took more than its Receive Maximum") from None


def aliases(client, words):
    """Subscribes with QoS 0 and is ready to read Topic Aliases."""
    client.aliases = {}
    subscribes(client, [words[0] + b":0"])


def resolves(client, words):
    """Receives a PUBLISH, whether its topic is there or stands behind a Topic Alias."""
    packet = client.take(PUBLISH)
    alias = dict(packet["properties"]).get("alias")
    topic = packet["topic"] or client.aliases.get(alias, b"(an alias that was never given)")
    if alias is not None:
        client.aliases[alias] = topic
    if (topic, packet["payload"]) != tuple(words[:2]):
        raise Failed(f"it got {describe(packet)}, topic {topic!r}")


def share(clients, words):
    """`a,b share <topic> <payload> <count>`: together the clients get the messages <payload>1 to <payload><count>, each
    once."""
    play = clients[0].play
    wanted = {words[1] + str(i).encode() for i in range(1, int(words[2]) + 1)}
    got = []
    for client in clients:
        alive(client, [])
    deadline = time.monotonic() + play.patience
    while len(got) < len(wanted):
        for client in clients:
            try:
                client.connection.receive(0.05)
            except Timeout:
                pass
            for packet in [p for p in client.connection.inbox if p["type"] == PUBLISH]:
                client.connection.inbox.remove(packet)
                got.append(packet["payload"])
                client.send(PUBACK, Words([], [("id", str(packet["id"]).encode())]))
        if time.monotonic() > deadline:
            raise Failed(f"only {len(got)} of {len(wanted)} messages came")
    for client in clients:
        hears(client, [b"nothing"])
    if set(got) != wanted or len(got) != len(wanted):
        raise Failed(f"together they got {sorted(got)}")


SPECIAL = {"needs": needs, "copies": copies, "overruns": overruns, "aliases": aliases, "resolves": resolves,
           "agreed": agreed, "text-frame": text_frame}
