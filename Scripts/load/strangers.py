#!/usr/bin/env python3
"""Sends datagrams from an address that is no trusted peer, and counts what comes back.

    strangers.py SERVER PORT DATAGRAMS SOURCE

Requests, responses, rubbish and keep-alives by turns. Waits a second after the last, and says how many datagrams and
octets came back.
"""

import select
import socket
import sys
import time

if len(sys.argv) != 5:
    sys.exit(__doc__)
server, port, datagrams, source = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
stranger.bind((source, 0))
here = f"{source}:{stranger.getsockname()[1]}"
stranger.connect((server, port))
stranger.setblocking(False)


def request(method, number):
    return (
        f"{method} sip:bob@{server} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bKstranger{number};rport\r\n"
        f"Max-Forwards: 70\r\nFrom: <sip:stranger@{source}>;tag={number}\r\nTo: <sip:bob@{server}>\r\n"
        f"Call-ID: {number}@{source}\r\nCSeq: 1 {method}\r\nContact: <sip:stranger@{here}>\r\n"
        f"Content-Length: 0\r\n\r\n"
    ).encode()


kinds = [
    lambda n: request("INVITE", n),
    lambda n: request("OPTIONS", n),
    lambda n: request("REGISTER", n),
    lambda n: request("INVITE", n)[: n % 200],
    lambda n: b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%d\r\n\r\n" % (server.encode(), n),
    lambda n: bytes((n * 7 + i * 13) % 256 for i in range(n % 90)),
    lambda n: b"\r\n\r\n",
]
sent = came = octets = 0


def read():
    global came, octets
    while True:
        try:
            data = stranger.recv(65536)
        except BlockingIOError:
            return
        came += 1
        octets += len(data)


for number in range(datagrams):
    while True:
        try:
            stranger.send(kinds[number % len(kinds)](number))
            break
        except BlockingIOError:
            select.select([], [stranger], [], 1)
    sent += 1
    if number % 100 == 99:
        read()
        time.sleep(0.001)
end = time.monotonic() + 1
while (left := end - time.monotonic()) > 0:
    select.select([stranger], [], [], left)
    read()
print(f"sent={sent} datagrams_back={came} octets_back={octets}")
sys.exit(1 if came else 0)
