#!/usr/bin/env python3
"""A voice engine in the OpenAI Realtime dialect for benchmarks: engine.py HOST PORT WAY. Needs nothing but Python 3.

WAY is what it does when it is asked to speak:

    transfer  says nothing and has the call transferred to `queue`
    lost      speaks without a pause, and after 1.5 to 2.5 s its connection is reset
    late      speaks for six seconds, after a silence of two
    silent    does not even answer the handshake
"""
import asyncio
import base64
import hashlib
import json
import math
import random
import socket
import struct
import sys

RATE = 24_000
# 20 ms of 400 Hz, -20 dBov, which go on without a seam.
TONE = base64.b64encode(b"".join(
    struct.pack("<h", int(4_634 * math.sin(2 * math.pi * 400 * index / RATE))) for index in range(RATE // 50)
)).decode()
# The first of what is spoken comes so much ahead of its time, that it does not run dry.
LEAD = 3

KEY = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def frame(opcode, payload):
    length = len(payload)
    head = bytes([0x80 | opcode])
    if length < 126:
        return head + bytes([length]) + payload
    return head + bytes([126]) + struct.pack(">H", length) + payload


async def read_frame(reader):
    first, second = await reader.readexactly(2)
    length = second & 0x7F
    if length == 126:
        (length,) = struct.unpack(">H", await reader.readexactly(2))
    elif length == 127:
        (length,) = struct.unpack(">Q", await reader.readexactly(8))
    mask = await reader.readexactly(4)
    payload = await reader.readexactly(length)
    return first & 0x0F, bytes(octet ^ mask[index & 3] for index, octet in enumerate(payload))


class Engine:
    """One conversation."""

    def __init__(self, writer, way):
        self.writer = writer
        self.way = way
        self.turns = 0
        self.speaking = None

    def say(self, **event):
        self.writer.write(frame(1, json.dumps(event).encode()))

    def respond(self):
        self.turns += 1
        response = f"r{self.turns}"
        if self.way == "lost" and self.turns == 1:
            # It has heard the caller and answers: an engine that is lost before that often would be left alone.
            self.say(type="input_audio_buffer.speech_started", audio_start_ms=0, item_id="u")
            self.say(type="input_audio_buffer.speech_stopped", audio_end_ms=300, item_id="u")
        self.say(type="response.created", response={"id": response})
        if self.way == "transfer":
            self.transfer(response)
        elif self.speaking is None or self.speaking.done():
            self.speaking = asyncio.ensure_future(self.lose(response) if self.way == "lost" else self.speak(response))

    def transfer(self, response):
        arguments = json.dumps({"target": "queue", "reason": "bench"})
        self.say(
            type="response.function_call_arguments.done",
            response_id=response, item_id="i", call_id="c", name="transfer", arguments=arguments,
        )
        item = {"type": "function_call", "id": "i", "call_id": "c", "name": "transfer", "arguments": arguments}
        self.say(type="response.done", response={"id": response, "status": "completed", "output": [item]})

    async def sound(self, response, frames):
        begun = asyncio.get_running_loop().time()
        for index in range(frames):
            self.say(type="response.output_audio.delta", response_id=response, item_id=f"i{response}",
                     content_index=0, delta=TONE)
            await asyncio.sleep(max(0, begun + (index + 1 - LEAD) * 0.02 - asyncio.get_running_loop().time()))

    async def lose(self, response):
        await self.sound(response, random.randint(75, 125))
        connection = self.writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def speak(self, response):
        await asyncio.sleep(2)
        await self.sound(response, 300)
        self.say(type="response.done", response={"id": response, "status": "completed", "output": []})


async def serve(reader, writer, way):
    engine = Engine(writer, way)
    try:
        if way == "silent":
            await reader.read()
            return
        head = await reader.readuntil(b"\r\n\r\n")
        key = next(line[18:].strip() for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key:"))
        accept = base64.b64encode(hashlib.sha1(key + KEY).digest())
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        engine.say(type="session.created", session={})
        while True:
            opcode, payload = await read_frame(reader)
            if opcode == 8:
                writer.write(frame(8, payload[:2]))
                break
            if opcode == 9:
                writer.write(frame(10, payload))
            if opcode != 1 or b"input_audio_buffer.append" in payload[:64]:
                continue
            kind = json.loads(payload).get("type")
            if kind == "session.update":
                engine.say(type="session.updated", session={})
            elif kind == "response.create":
                engine.respond()
        await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        if engine.speaking is not None:
            engine.speaking.cancel()
        writer.close()


async def main():
    host, port, way = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    server = await asyncio.start_server(lambda reader, writer: serve(reader, writer, way), host, port, backlog=1_000)
    async with server:
        await server.serve_forever()


asyncio.run(main())
