#!/usr/bin/env python3
"""A home subscriber server for the IMS lab: Diameter Cx (3GPP TS 29.228, 29.229) over TCP.

It keeps a subscription for each profiles/*.xml and answers server assignment with that document.
Nobody is authenticated and there is one S-CSCF, so MAR, UAR and LIR are never asked; they are
answered with DIAMETER_COMMAND_UNSUPPORTED.
"""

import argparse
import pathlib
import socket
import socketserver
import struct
import sys
import xml.etree.ElementTree as ElementTree

CAPABILITIES_EXCHANGE, DEVICE_WATCHDOG, DISCONNECT_PEER, SERVER_ASSIGNMENT = 257, 280, 282, 301
SUCCESS, COMMAND_UNSUPPORTED, USER_UNKNOWN = 2001, 3001, 5001
VENDOR_3GPP, APPLICATION_CX = 10415, 16777216
REALM = "ims.example"
MAXIMUM_LENGTH = 1 << 16


# AVP codes used here, as (code, vendor).
USER_NAME, SESSION_ID = (1, 0), (263, 0)
HOST_IP_ADDRESS, AUTH_APPLICATION_ID, VENDOR_SPECIFIC_APPLICATION_ID = (257, 0), (258, 0), (260, 0)
ORIGIN_HOST, SUPPORTED_VENDOR_ID, VENDOR_ID = (264, 0), (265, 0), (266, 0)
RESULT_CODE, PRODUCT_NAME, AUTH_SESSION_STATE, ORIGIN_REALM = (268, 0), (269, 0), (277, 0), (296, 0)
EXPERIMENTAL_RESULT, EXPERIMENTAL_RESULT_CODE = (297, 0), (298, 0)
PUBLIC_IDENTITY, USER_DATA = (601, VENDOR_3GPP), (606, VENDOR_3GPP)


def encode(name, value):
    """One AVP (RFC 6733 section 4.1). A list is a grouped AVP, a number is an Unsigned32."""
    code, vendor = name
    if isinstance(value, list):
        value = b"".join(value)
    elif isinstance(value, int):
        value = struct.pack("!I", value)
    elif isinstance(value, str):
        value = value.encode()
    mandatory = 0 if name == PRODUCT_NAME else 0x40
    vendor_field = struct.pack("!I", vendor) if vendor else b""
    flags = mandatory | (0x80 if vendor else 0)
    length = 8 + len(vendor_field) + len(value)
    return struct.pack("!II", code, flags << 24 | length) + vendor_field + value + bytes(-length % 4)


def decode(data):
    """The top-level AVPs of a message; the first of each name."""
    avps, offset = {}, 0
    while offset + 8 <= len(data):
        code, flags_length = struct.unpack_from("!II", data, offset)
        length, header, vendor = flags_length & 0xFFFFFF, 8, 0
        if flags_length >> 31:
            header = 12
        if length < header or offset + length > len(data):
            raise ValueError(f"AVP {code} does not fit the message")
        if header == 12:
            (vendor,) = struct.unpack_from("!I", data, offset + 8)
        avps.setdefault((code, vendor), data[offset + header : offset + length])
        offset += (length + 3) & ~3
    return avps


class Subscriptions:
    """The documents in a folder, by public identity."""

    def __init__(self, folder, as_uri):
        self.documents = {}
        for path in sorted(folder.glob("*.xml")):
            root = ElementTree.parse(path).getroot()
            for element in root.iter():
                element.tail = None
                if len(element):
                    element.text = None  # indentation
            for server_name in root.iter("ServerName") if as_uri != "profile" else ():
                server_name.text = as_uri
            document = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
            for identity in root.iter("Identity"):
                self.documents[identity.text.strip()] = document

    def find(self, identity):
        return self.documents.get(identity)


class Peer(socketserver.BaseRequestHandler):
    """One Diameter connection."""

    def handle(self):
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while header := self.read(20):
            length, command, application, hop, end = struct.unpack("!IIIII", header)
            length &= 0xFFFFFF
            if not 20 <= length <= MAXIMUM_LENGTH:
                return
            body = self.read(length - 20)
            if body is None:
                return
            flags, command = command >> 24, command & 0xFFFFFF
            if not flags & 0x80:
                continue  # an answer
            answer = self.answer(command, decode(body))
            message = struct.pack(
                "!IIIII", 1 << 24 | 20 + len(answer), (flags & 0x40) << 24 | command, application, hop, end
            )
            self.request.sendall(message + answer)
            if command == CAPABILITIES_EXCHANGE:
                log("peer open")  # start.sh waits for this line
            if command == DISCONNECT_PEER:
                return

    def read(self, count):
        """Exactly `count` octets, or None at the end of the stream."""
        data = b""
        while len(data) < count:
            piece = self.request.recv(count - len(data))
            if not piece:
                return None
            data += piece
        return data

    def answer(self, command, avps):
        origin = [encode(ORIGIN_HOST, self.server.server_address[0]), encode(ORIGIN_REALM, REALM)]
        application = encode(
            VENDOR_SPECIFIC_APPLICATION_ID,
            [encode(VENDOR_ID, VENDOR_3GPP), encode(AUTH_APPLICATION_ID, APPLICATION_CX)],
        )
        session = [encode(SESSION_ID, avps[SESSION_ID])] if SESSION_ID in avps else []
        if command == CAPABILITIES_EXCHANGE:
            address = b"\0\1" + socket.inet_aton(self.server.server_address[0])
            return b"".join(
                [encode(RESULT_CODE, SUCCESS), *origin, encode(HOST_IP_ADDRESS, address)]
                + [encode(VENDOR_ID, VENDOR_3GPP), encode(PRODUCT_NAME, "IMS lab HSS")]
                + [encode(SUPPORTED_VENDOR_ID, VENDOR_3GPP), application]
            )
        if command in (DEVICE_WATCHDOG, DISCONNECT_PEER):
            return b"".join([encode(RESULT_CODE, SUCCESS), *origin])
        if command != SERVER_ASSIGNMENT:
            log(f"command {command} is not supported")
            return b"".join([*session, encode(RESULT_CODE, COMMAND_UNSUPPORTED), *origin])
        return b"".join([*session, application, *self.server_assignment(avps), *origin, encode(AUTH_SESSION_STATE, 1)])

    def server_assignment(self, avps):
        """The result and the user data of an SAA (TS 29.228 section 6.1.2)."""
        identity = avps.get(PUBLIC_IDENTITY, b"").decode(errors="replace")
        document = self.server.subscriptions.find(identity)
        log(f"server assignment {identity}: {'known' if document else 'unknown'}")
        if document is None:
            code = encode(EXPERIMENTAL_RESULT_CODE, USER_UNKNOWN)
            return [encode(EXPERIMENTAL_RESULT, [encode(VENDOR_ID, VENDOR_3GPP), code])]
        user_name = [encode(USER_NAME, avps[USER_NAME])] if USER_NAME in avps else []
        return [encode(RESULT_CODE, SUCCESS), *user_name, encode(USER_DATA, document)]


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def log(text):
    print(text, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bind", default="127.0.5.2")
    parser.add_argument("--port", type=int, default=3868)
    parser.add_argument("--profiles", type=pathlib.Path, default=pathlib.Path(__file__).parent / "profiles")
    parser.add_argument(
        "--as-uri", default="sip:127.0.0.1:5060", help="ServerName in every filter criterion; profile: its own"
    )
    arguments = parser.parse_args()
    with Server((arguments.bind, arguments.port), Peer) as server:
        server.subscriptions = Subscriptions(arguments.profiles, arguments.as_uri)
        log(f"listening, {len(server.subscriptions.documents)} public identities, AS {arguments.as_uri}")
        server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
