#!/usr/bin/env python3
"""Lets a bot library read what we send as a telephony platform, and writes what it answers.

    Scripts/check-platforms.py SAMPLES REPLIES

SAMPLES and REPLIES are files with one JSON object a line: `dialect`, and `text` or, in Base64, `binary`. SAMPLES holds
what a session sends in each dialect: its opening, a tone of 440 Hz, the keys 5 and #, and its end. REPLIES is written:
what the library's serializers make of a tone of 660 Hz, one second long, and of an interruption after it.

Prints one line for each kind of message. Exit status: 0; 1 if anything does not fit; 77 if `pipecat` is not installed.
"""

import array
import asyncio
import base64
import importlib.util
import json
import math
import sys
import types

OUR_TONE = 440
BOT_TONE = 660
RATE = 16_000

failures = 0


def report(dialect, what, fault=None):
    global failures
    failures += fault is not None
    print(f"{'FAIL' if fault else 'ok  '} {dialect:22} {what}{': ' + fault if fault else ''}", flush=True)


def tone(frequency, rate, seconds):
    count = int(rate * seconds)
    return array.array("h", (int(8_000 * math.sin(2 * math.pi * frequency * i / rate)) for i in range(count)))


def fault_of_tone(samples, rate, frequency):
    """What is wrong with a tone, by its level and by how often it passes zero; `None` if nothing is."""
    if len(samples) < rate // 4:
        return f"only {len(samples)} samples"
    middle = samples[len(samples) // 5 : -len(samples) // 5]
    level = math.sqrt(sum(sample * sample for sample in middle) / len(middle))
    passes = sum(1 for a, b in zip(middle, middle[1:]) if (a < 0) != (b < 0))
    heard = passes * rate / (2 * len(middle))
    if not 4_000 < level < 7_500:
        return f"a level of {level:.0f}"
    if abs(heard - frequency) > 8:
        return f"{heard:.0f} Hz instead of {frequency}"
    return None


class Socket:
    """As much of a server's WebSocket as the library's detection of platforms uses."""

    def __init__(self, texts):
        self.texts = texts

    async def iter_text(self):
        for text in self.texts:
            yield text


async def detected(dialect, expected, messages):
    """What the library finds out of the first messages; `None` for dialects that it does not detect."""
    from pipecat.runner.utils import parse_telephony_websocket

    name, call = await parse_telephony_websocket(Socket([m for m in messages if isinstance(m, str)]))
    wrong = name != expected or not call.stream_id or call.call_id != "call-1"
    report(dialect, "start", f"taken for {name} with {call}" if wrong else None)
    if dialect in ("telnyx-media-streams", "exotel-voicebot", "twilio-media-streams"):
        parties = (call.from_number, call.to_number)
        report(dialect, "parties", None if parties == ("+4930123456", "+49800555") else f"{parties}")
    return call


async def serializer(dialect, messages):
    """The library's serializer for a dialect, made from what the session said."""
    from pipecat.serializers.exotel import ExotelFrameSerializer
    from pipecat.serializers.genesys import GenesysAudioHookSerializer
    from pipecat.serializers.plivo import PlivoFrameSerializer
    from pipecat.serializers.telnyx import TelnyxFrameSerializer
    from pipecat.serializers.twilio import TwilioFrameSerializer
    from pipecat.serializers.vonage import VonageFrameSerializer

    def quiet(kind):
        return kind.InputParams(auto_hang_up=False)

    match dialect:
        case "twilio-media-streams":
            call = await detected(dialect, "twilio", messages)
            return TwilioFrameSerializer(call.stream_id, params=quiet(TwilioFrameSerializer))
        case "telnyx-media-streams":
            call = await detected(dialect, "telnyx", messages)
            encoding = call.outbound_encoding
            return TelnyxFrameSerializer(call.stream_id, encoding, encoding, params=quiet(TelnyxFrameSerializer))
        case "plivo-audio-streams":
            call = await detected(dialect, "plivo", messages)
            return PlivoFrameSerializer(call.stream_id, params=quiet(PlivoFrameSerializer))
        case "exotel-voicebot":
            call = await detected(dialect, "exotel", messages)
            return ExotelFrameSerializer(call.stream_id)
        case "vonage-audio-connector":
            connected = json.loads(messages[0])
            fits = connected.get("event") == "websocket:connected"
            report(dialect, "websocket:connected", None if fits else f"{connected}")
            rate = int(connected["content-type"].split("rate=")[1])
            return VonageFrameSerializer(VonageFrameSerializer.InputParams(vonage_sample_rate=rate))
        case "genesys-audiohook":
            return GenesysAudioHookSerializer()
    return None


async def check(dialect, messages, reply):
    from pipecat.frames import frames

    made = await serializer(dialect, messages)
    if made is None:
        return report(dialect, "serializer", "the library has none")
    await made.setup(types.SimpleNamespace(audio_in_sample_rate=RATE))
    heard = array.array("h")
    keys = []
    answers = []
    for message in messages:
        frame = await made.deserialize(message)
        if isinstance(frame, frames.InputAudioRawFrame):
            heard.frombytes(bytes(frame.audio))
        elif isinstance(frame, frames.InputDTMFFrame):
            keys.append(frame.button.value)
        elif frame is not None:
            answer = await made.serialize(frame)
            answers.append(json.loads(answer).get("type"))
            reply(answer)
    report(dialect, f"media ({len(heard) / RATE:.2f} s)", fault_of_tone(heard, RATE, OUR_TONE))
    report(dialect, "dtmf", None if keys == ["5", "#"] else f"keys {keys}")
    if dialect == "genesys-audiohook":
        report(dialect, "open, ping", None if answers[:2] == ["opened", "pong"] else f"answered with {answers}")
        who = made.participant or {}
        report(dialect, "participant", None if who.get("ani") == "+4930123456" else f"{who}")
        inputs = made.input_variables
        report(dialect, "input variables", None if inputs == {"tier": "gold"} else f"{inputs}")
    chunk = 24_000 // 50
    sound = tone(BOT_TONE, 24_000, 1)
    for start in range(0, len(sound), chunk):
        audio = sound[start : start + chunk].tobytes()
        message = await made.serialize(frames.OutputAudioRawFrame(audio=audio, sample_rate=24_000, num_channels=1))
        if message is not None:
            reply(message)
    reply(await made.serialize(frames.InterruptionFrame()))
    if dialect == "genesys-audiohook":
        made.set_output_variables({"intent": "billing"})
        reply(await made.serialize(frames.EndFrame()))


def main():
    if importlib.util.find_spec("pipecat") is None:
        print("skip: the Python library pipecat-ai is not installed")
        return 77
    from loguru import logger

    logger.remove()
    samples = {}
    with open(sys.argv[1], encoding="utf-8") as file:
        for line in map(json.loads, file):
            message = base64.b64decode(line["binary"]) if "binary" in line else line["text"]
            samples.setdefault(line["dialect"], []).append(message)
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        for dialect, messages in samples.items():

            def reply(message, dialect=dialect):
                binary = isinstance(message, (bytes, bytearray))
                content = {"binary": base64.b64encode(message).decode()} if binary else {"text": message}
                file.write(json.dumps({"dialect": dialect, **content}) + "\n")

            try:
                asyncio.run(check(dialect, messages, reply))
            except Exception as error:  # Whatever the library throws is the finding.
                report(dialect, "conversation", " ".join(f"{type(error).__name__}: {error}".split()))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
