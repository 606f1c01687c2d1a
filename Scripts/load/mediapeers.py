#!/usr/bin/env python3
"""Transcoding by rtpengine in userspace and bridged calls of sidetone, in turn in one run.

    Scripts/load/mediapeers.py SIDETONE [--codecs PCMU,G722,opus] [--calls 20] [--seconds 6] [--rounds 5]

rtpengine: calls between PCMA and a codec, set up by its control protocol; a stream is one direction: a packet in, decode,
resample, encode, a packet out. sidetone: calls of that codec, bridged to an engine at 16 kHz by a WebSocket: both
directions, so two streams, and the WebSocket. The speech comes from `sidetone bench peer` for both. Processor time is
that of the measured process only, read from the scheduler's statistics.
"""
import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ADDRESS = "127.0.0.1"
CONTROL = 22222
FORMATS = {
    "PCMA": (8, "PCMA/8000"), "PCMU": (0, "PCMU/8000"), "G722": (9, "G722/8000"), "opus": (96, "opus/48000/2"),
    "AMR": (98, "AMR/8000"), "G729": (18, "G729/8000"),
}


def encoded(value):
    """Bencoding, which the control protocol speaks."""
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, list):
        return b"l" + b"".join(map(encoded, value)) + b"e"
    return b"d" + b"".join(encoded(key) + encoded(value[key]) for key in sorted(value)) + b"e"


def decoded(text, start=0):
    """The value that begins at `start`, and where it ends."""
    kind = text[start:start + 1]
    if kind == b"i":
        end = text.index(b"e", start)
        return int(text[start + 1:end]), end + 1
    if kind in (b"l", b"d"):
        items, start = [], start + 1
        while text[start:start + 1] != b"e":
            item, start = decoded(text, start)
            items.append(item)
        if kind == b"l":
            return items, start + 1
        return dict(zip(items[::2], items[1::2])), start + 1
    colon = text.index(b":", start)
    end = colon + 1 + int(text[start:colon])
    return text[colon + 1:end], end


class Engine:
    """An rtpengine of its own, which ends with `close`."""

    def __init__(self, log):
        self.process = subprocess.Popen(
            ["rtpengine", "--config-file=none", "--foreground", "--log-stderr", "--table=-1", f"--interface={ADDRESS}",
             f"--listen-ng={ADDRESS}:{CONTROL}", "--port-min=40000", "--port-max=43999", "--num-threads=2",
             "--log-level=3", f"--pidfile={tempfile.gettempdir()}/rtpengine-bench.pid"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.control.settimeout(1)
        self.cookie = 0
        for attempt in range(50):
            try:
                self.command(command="ping")
                return
            except (OSError, socket.timeout):
                time.sleep(0.1)
        raise SystemExit("rtpengine does not answer")

    def command(self, **arguments):
        self.cookie += 1
        cookie = b"%d" % self.cookie
        message = {name.replace("_", "-"): value for name, value in arguments.items()}
        self.control.sendto(cookie + b" " + encoded(message), (ADDRESS, CONTROL))
        while True:
            answer, _, body = self.control.recv(65535).partition(b" ")
            if answer == cookie:
                return decoded(body)[0]

    def call(self, number, near, far, codec):
        """Sets up a call between PCMA at `near` and `codec` at `far`; the ports that each of them sends to."""
        offer = dict(command="offer", call_id=f"call-{number}", from_tag="near", sdp=description(near, "PCMA"),
                     ICE="remove", flags=["trust-address"])
        if codec != "PCMA":
            offer["codec"] = {"mask": ["PCMA"], "transcode": [FORMATS[codec][1] + ("/24000" if codec == "opus" else "")]}
        to_far = self.expect(offer)
        to_near = self.expect(dict(command="answer", call_id=f"call-{number}", from_tag="near", to_tag="far",
                                   sdp=description(far, codec), ICE="remove", flags=["trust-address"]))
        return to_near, to_far

    def expect(self, command):
        answer = self.command(**command)
        if answer.get(b"result") != b"ok":
            raise SystemExit(f"rtpengine: {answer}")
        media = [line for line in answer[b"sdp"].decode().splitlines() if line.startswith("m=audio ")]
        return int(media[0].split()[1])

    def close(self):
        self.process.terminate()
        self.process.wait()


def description(port, codec):
    payload, mapping = FORMATS[codec]
    return "\r\n".join(["v=0", f"o=- 1 1 IN IP4 {ADDRESS}", "s=-", f"c=IN IP4 {ADDRESS}", "t=0 0",
                        f"m=audio {port} RTP/AVP {payload}", f"a=rtpmap:{payload} {mapping}", "a=ptime:20", "a=sendrecv",
                        ""])


def processor_time(pid):
    """Seconds on a processor, of all threads."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/schedstat") as file:
            total += int(file.read().split()[0])
    return total / 1e9


def transcoded(sidetone, codec, direction, calls, seconds, log):
    """CPU milliseconds for a second of one stream; `direction` is `to` the codec, `from` it, or `both`."""
    engine = Engine(log)
    peer = subprocess.Popen([sidetone, "bench", "peer"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        peer.stdout.readline()
        for number in range(calls):
            near, far = 30000 + 4 * number, 30002 + 4 * number
            to_near, to_far = engine.call(number, near, far, codec)
            peer.stdin.write(f"{near} {to_near} {'PCMA' if direction != 'from' else '-'}\n")
            peer.stdin.write(f"{far} {to_far} {codec if direction != 'to' else '-'}\n")
        peer.stdin.write("go\n")
        peer.stdin.flush()
        peer.stdout.readline()
        time.sleep(2)
        peer.stdin.write("mark\n")
        peer.stdin.flush()
        before, start = processor_time(engine.process.pid), time.monotonic()
        time.sleep(seconds)
        spent, elapsed = processor_time(engine.process.pid) - before, time.monotonic() - start
        peer.stdin.write("stop\n")
        peer.stdin.flush()
        figures = json.loads(peer.stdout.readline())
        if figures["received"] < 0.9 * figures["sent"]:
            raise SystemExit(f"rtpengine, {codec}: {figures['received']} packets came of {figures['sent']}")
        return spent * 1000 / elapsed / calls
    finally:
        peer.stdin.close()
        peer.wait()
        engine.close()


def bridged(sidetone, codec, calls, seconds):
    """CPU milliseconds for a second of one call."""
    output = subprocess.run(
        [sidetone, "bench", "media", "--json", "--codec", codec, "--engine", "pcm16", "--calls", str(calls),
         "--seconds", str(seconds)], check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(output)["results"][0]["median"]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("sidetone")
    arguments.add_argument("--codecs", default="PCMU,G722,opus")
    arguments.add_argument("--calls", type=int, default=20)
    arguments.add_argument("--seconds", type=int, default=6)
    arguments.add_argument("--rounds", type=int, default=5)
    options = arguments.parse_args()
    codecs = options.codecs.split(",")
    results = {(codec, column): [] for codec in codecs for column in ("to", "from", "both", "bridged")}
    with tempfile.TemporaryFile() as log:
        for round_number in range(options.rounds):
            for codec in codecs:
                for direction in ("to", "from", "both"):
                    results[codec, direction].append(
                        transcoded(options.sidetone, codec, direction, options.calls, options.seconds, log))
                results[codec, "bridged"].append(
                    bridged(options.sidetone, codec, options.calls, options.seconds))
            print(f"round {round_number + 1} of {options.rounds}", file=sys.stderr)
    print("| CPU-ms for a second | rtpengine, PCMA to it | it to PCMA | both ways "
          "| sidetone, bridged to an engine, both ways | of rtpengine |")
    print("|---|---|---|---|---|---|")
    for codec in codecs:
        row = [statistics.median(results[codec, column]) for column in ("to", "from", "both", "bridged")]
        ratio = statistics.median(
            ours / theirs for ours, theirs in zip(results[codec, "bridged"], results[codec, "both"]))
        print(f"| {codec} | " + " | ".join(f"{value:.2f}" for value in row) + f" | {ratio:.2f} |")


if __name__ == "__main__":
    main()
