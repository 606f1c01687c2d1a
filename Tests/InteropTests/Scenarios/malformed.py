#!/usr/bin/env python3
"""Sends malformed SIP to a server, and asks with OPTIONS after each message whether it still serves.

A malformed message may be answered with an error or not at all, never with success. Exit status 0 if the server
held out, 1 if not.

    malformed.py HOST PORT [--transport udp|tcp] [--from ADDRESS]
"""

import argparse
import random
import re
import socket
import sys
import time

SDP = b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 7000 RTP/AVP 8\r\n"


class Messages:
    """Builds requests that differ from a valid INVITE in one thing."""

    def __init__(self, host, port, transport, local):
        self.target = f"sip:{host}:{port}"
        self.transport = transport.upper()
        self.local = local
        self.count = 0

    def headers(self, method):
        self.count += 1
        unique = f"{random.getrandbits(48):x}{self.count}"
        return {
            "Via": f"SIP/2.0/{self.transport} {self.local};branch=z9hG4bK{unique};rport",
            "Max-Forwards": "70",
            "From": f"<sip:alice@ims.example>;tag={unique}",
            "To": "<sip:bob@ims.example>",
            "Call-ID": f"malformed-{unique}",
            "CSeq": f"1 {method}",
            "Contact": f"<sip:alice@{self.local}>",
        }

    def request(self, method="INVITE", start_line=None, body=SDP, **changes):
        """A request with headers replaced, or left out where the value is None; `_` in a name stands for `-`."""
        headers = self.headers(method)
        headers["Content-Type"] = "application/sdp"
        headers["Content-Length"] = str(len(body))
        headers.update({name.replace("_", "-"): value for name, value in changes.items()})
        lines = [start_line or f"{method} {self.target} SIP/2.0"]
        lines += [f"{name}: {value}" for name, value in headers.items() if value is not None]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body

    def options(self):
        return self.request("OPTIONS", body=b"", Content_Type=None)


def cases(messages):
    request = messages.request
    noise = random.Random(3261)
    yield "empty", b""
    yield "line ends only", b"\r\n" * 1000
    yield "NUL octets", bytes(2000)
    yield "noise", noise.randbytes(4000)
    yield "start line without version", request(start_line="INVITE sip:bob@ims.example")
    yield "unknown version", request(start_line=f"INVITE {messages.target} SIP/7.0")
    yield "no Request-URI", request(start_line="INVITE  SIP/2.0")
    yield "Request-URI with an open bracket", request(start_line="INVITE sip:[::1 SIP/2.0")
    yield "status line with a status of 4 digits", request(start_line="SIP/2.0 2000 OK")
    yield "answer to nothing", request(start_line="SIP/2.0 200 OK")
    yield "no end of headers", request().split(b"\r\n\r\n")[0]
    for name in ("Via", "From", "To", "Call_ID", "CSeq"):
        yield f"no {name.replace('_', '-')}", request(**{name: None})
    yield "CSeq out of range", request(CSeq="99999999999999999999 INVITE")
    yield "CSeq of another method", request(CSeq="1 BYE")
    yield "Max-Forwards is negative", request(Max_Forwards="-1")
    yield "Content-Length is negative", request(Content_Length="-5")
    yield "Content-Length out of range", request(Content_Length="18446744073709551617")
    yield "Content-Length beyond the body", request(Content_Length="60000")
    yield "quote without end", request(From='"alice <sip:alice@ims.example>;tag=1')
    yield "bracket without end", request(To="<sip:bob@ims.example")
    yield "escape cut short", request(start_line="INVITE sip:%4@ims.example SIP/2.0")
    yield "port out of range", request(Via=f"SIP/2.0/{messages.transport} 127.0.0.1:99999;branch=z9hG4bKx")
    yield "session description that is noise", request(body=noise.randbytes(600))
    yield "session description with a port out of range", request(body=SDP.replace(b"7000", b"700000"))
    valid = request()
    for length in range(1, valid.index(SDP), 16):
        yield f"cut after {length} octets", valid[:length]


def extreme_cases(messages):
    """Well formed, or damaged where a server need not look: any answer will do. OPTIONS leaves no call behind."""
    request = messages.request
    yield "UTF-8 that is not", request("OPTIONS", Subject="\xff\xfe\xc0\x80")
    yield "deep nesting in a comment", request("OPTIONS", User_Agent="(" * 20000)
    yield "a header of 50 000 octets", request("OPTIONS", Subject="x" * 50000)
    yield "1200 Via values", request("OPTIONS", Via=",".join(["SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKx"] * 1200))
    yield "5000 parameters", request("OPTIONS", Contact="<sip:a@127.0.0.1>" + ";a" * 5000)
    yield "multipart without its boundary", request("OPTIONS", Content_Type="multipart/mixed;boundary=none")
    yield "session description with 3000 media", request("OPTIONS", body=SDP + b"m=audio 0 X 8\r\n" * 3000)


def exchange(arguments, data, seconds):
    """Sends from a new socket, and returns the statuses that come back: up to a final one, or in `seconds`."""
    kind = socket.SOCK_STREAM if arguments.transport == "tcp" else socket.SOCK_DGRAM
    seen, deadline = [], time.monotonic() + seconds
    with socket.socket(socket.AF_INET, kind) as link:
        try:
            link.settimeout(seconds)
            link.bind((arguments.local, 0))
            link.connect((arguments.host, arguments.port))
            link.sendall(data)
            while not any(status >= 200 for status in seen) and (left := deadline - time.monotonic()) > 0:
                link.settimeout(left)
                received = link.recv(65535)
                if not received and kind == socket.SOCK_STREAM:
                    break
                seen += [int(status) for status in re.findall(rb"SIP/2\.0 (\d{3}) ", received)]
        except (TimeoutError, ConnectionError):
            pass
    return seen


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("--transport", choices=["udp", "tcp"], default="udp")
    parser.add_argument("--from", dest="local", default="127.0.0.1", metavar="ADDRESS")
    arguments = parser.parse_args()
    messages = Messages(arguments.host, arguments.port, arguments.transport, arguments.local)
    failures = 0
    tests = [(*case, False) for case in cases(messages)] + [(*case, True) for case in extreme_cases(messages)]
    for name, data, may_succeed in tests:
        answers = exchange(arguments, data, seconds=0.05)
        alive = 200 in exchange(arguments, messages.options(), seconds=20)
        success = not may_succeed and any(101 <= status < 300 for status in answers)
        if success or not alive:
            failures += 1
            reason = f"answered with {answers}" if success else "no answer to OPTIONS afterwards"
            print(f"FAIL  {name}: {reason}")
    print(f"{len(tests) - failures} of {len(tests)} malformed messages withstood, {arguments.transport}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
