#!/usr/bin/env python3
"""A voice engine in the OpenAI Realtime dialect that says nothing and has every call transferred to `queue` as soon as it
is asked to speak. Listens at HOST PORT; needs nothing but Python 3."""
import asyncio
import base64
import hashlib
import json
import struct
import sys

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


async def serve(reader, writer):
    def say(**event):
        writer.write(frame(1, json.dumps(event).encode()))

    try:
        head = await reader.readuntil(b"\r\n\r\n")
        key = next(line[18:].strip() for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key:"))
        accept = base64.b64encode(hashlib.sha1(key + KEY).digest())
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        say(type="session.created", session={})
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
                say(type="session.updated", session={})
            elif kind == "response.create":
                say(type="response.created", response={"id": "r"})
                say(
                    type="response.function_call_arguments.done",
                    response_id="r", item_id="i", call_id="c", name="transfer",
                    arguments=json.dumps({"target": "queue", "reason": "bench"}),
                )
                item = {"type": "function_call", "id": "i", "call_id": "c", "name": "transfer",
                        "arguments": json.dumps({"target": "queue", "reason": "bench"})}
                say(type="response.done", response={"id": "r", "status": "completed", "output": [item]})
        await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, sys.argv[1], int(sys.argv[2]))
    async with server:
        await server.serve_forever()


asyncio.run(main())
