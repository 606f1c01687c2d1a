"""Just enough SIP over UDP to play users and proxies on loopback."""

import itertools
import socket

_counter = itertools.count(1)


def token():
    return f"x{next(_counter)}"


class Message:
    """A request or response: start line, (name, value) headers in order, body."""

    def __init__(self, start, headers, body=""):
        self.start, self.headers, self.body = start, list(headers), body

    @classmethod
    def parse(cls, data):
        head, _, body = data.decode(errors="replace").partition("\r\n\r\n")
        start, *lines = head.split("\r\n")
        headers = []
        for line in lines:
            name, _, value = line.partition(":")
            headers.append((name.strip(), value.strip()))
        return cls(start, headers, body)

    def __bytes__(self):
        lines = [f"{name}: {value}" for name, value in self.headers if name.lower() != "content-length"]
        lines.append(f"Content-Length: {len(self.body.encode())}")
        return ("\r\n".join([self.start, *lines]) + "\r\n\r\n" + self.body).encode()

    @property
    def is_request(self):
        return not self.start.startswith("SIP/2.0")

    @property
    def method(self):
        return self.start.split()[0] if self.is_request else self.first("CSeq").split()[1]

    @property
    def uri(self):
        return self.start.split()[1]

    @property
    def status(self):
        return int(self.start.split()[1])

    def values(self, name):
        """Comma-separated values of a header whose values are in angle brackets or hold no comma."""
        values = []
        for key, value in self.headers:
            if key.lower() == name.lower():
                values += [part.strip() for part in value.split(",")]
        return values

    def first(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def without(self, name):
        return [(key, value) for key, value in self.headers if key.lower() != name.lower()]

    @property
    def branch(self):
        return self.values("Via")[0].partition("branch=")[2].partition(";")[0]

    def response(self, status, reason, extra=(), body=""):
        names = {"via", "from", "to", "call-id", "cseq", "record-route"}
        headers = [(key, value) for key, value in self.headers if key.lower() in names]
        if status > 100:
            headers = [
                (key, f"{value};tag=as" if key.lower() == "to" and ";tag=" not in value else value)
                for key, value in headers
            ]
        return Message(f"SIP/2.0 {status} {reason}", [*headers, *extra], body)


def host_port(uri):
    """The address in a sip URI, with or without angle brackets."""
    text = uri.strip("<>").partition(":")[2].partition(";")[0].partition(">")[0].rpartition("@")[2]
    host, _, port = text.partition(":")
    return host, int(port or 5060)


class Endpoint:
    """A UDP socket with an address of its own."""

    def __init__(self, address):
        self.address = address
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind((address, 5060))
        self.socket.setblocking(False)

    def send(self, message, to):
        self.socket.sendto(bytes(message), to)

    def receive(self):
        return Message.parse(self.socket.recvfrom(65535)[0])

    def via(self, branch):
        return "Via", f"SIP/2.0/UDP {self.address}:5060;branch=z9hG4bK{branch}"
