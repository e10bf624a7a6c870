"""The properties of MQTT 5 (section 2.2.2): name, identifier, type, and the packets that may carry them."""
from collections import namedtuple

CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT, AUTH = range(1, 16)
NAMES = ("0", "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "SUBSCRIBE", "SUBACK", "UNSUBSCRIBE",
         "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH")
WILL = 0  # not a packet: the properties of a Will in CONNECT

Property = namedtuple("Property", "name id kind packets")
_ACKS = (PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK)

PROPERTIES = [Property(*row) for row in (
    ("payload-format", 0x01, "byte", (PUBLISH, WILL)),
    ("expiry", 0x02, "four", (PUBLISH, WILL)),  # Message Expiry Interval
    ("content-type", 0x03, "string", (PUBLISH, WILL)),
    ("response-topic", 0x08, "string", (PUBLISH, WILL)),
    ("correlation", 0x09, "binary", (PUBLISH, WILL)),
    ("subid", 0x0B, "varint", (PUBLISH, SUBSCRIBE)),
    ("session-expiry", 0x11, "four", (CONNECT, CONNACK, DISCONNECT)),
    ("assigned-client", 0x12, "string", (CONNACK,)),
    ("server-keep-alive", 0x13, "two", (CONNACK,)),
    ("auth-method", 0x15, "string", (CONNECT, CONNACK, AUTH)),
    ("auth-data", 0x16, "binary", (CONNECT, CONNACK, AUTH)),
    ("request-problem", 0x17, "byte", (CONNECT,)),
    ("will-delay", 0x18, "four", (WILL,)),
    ("request-response", 0x19, "byte", (CONNECT,)),
    ("response-information", 0x1A, "string", (CONNACK,)),
    ("server-reference", 0x1C, "string", (CONNACK, DISCONNECT)),
    ("reason", 0x1F, "string", (CONNACK, *_ACKS, DISCONNECT, AUTH)),
    ("receive-maximum", 0x21, "two", (CONNECT, CONNACK)),
    ("alias-maximum", 0x22, "two", (CONNECT, CONNACK)),
    ("alias", 0x23, "two", (PUBLISH,)),
    ("maximum-qos", 0x24, "byte", (CONNACK,)),
    ("retain-available", 0x25, "byte", (CONNACK,)),
    ("user", 0x26, "pair", (CONNECT, CONNACK, PUBLISH, WILL, *_ACKS, SUBSCRIBE, UNSUBSCRIBE, DISCONNECT, AUTH)),
    ("maximum-packet", 0x27, "four", (CONNECT, CONNACK)),
    ("wildcard-available", 0x28, "byte", (CONNACK,)),
    ("subid-available", 0x29, "byte", (CONNACK,)),
    ("shared-available", 0x2A, "byte", (CONNACK,)),
)]
BY_NAME = {p.name: p for p in PROPERTIES}
BY_ID = {p.id: p for p in PROPERTIES}

# Properties whose value may only be 0 or 1, and those that must not be 0 (sections 3.1.2.11, 3.2.2.3, 3.3.2.3).
FLAGS = {"payload-format", "request-problem", "request-response", "maximum-qos", "retain-available", "wildcard-available",
         "subid-available", "shared-available"}
NOT_ZERO = {"subid", "receive-maximum", "alias", "maximum-packet"}

# What a server may say in each packet (tables 3-1 to 3-13 of MQTT 5, and of MQTT 3.1.1).
_ACK = {0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99}
CODES_5 = {
    CONNACK: {0x00, *range(0x80, 0x8B), 0x8C, 0x90, 0x95, 0x97, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F},
    PUBACK: _ACK,
    PUBREC: _ACK,
    PUBREL: {0x00, 0x92},
    PUBCOMP: {0x00, 0x92},
    SUBACK: {0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2},
    UNSUBACK: {0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91},
    DISCONNECT: {0x00, *range(0x80, 0x84), 0x87, 0x89, 0x8B, 0x8D, 0x8E, 0x8F, 0x90, *range(0x93, 0xA3)},
    AUTH: {0x00, 0x18},
}
CODES_311 = {CONNACK: set(range(6)), SUBACK: {0, 1, 2, 0x80}}
