#!/usr/bin/env python3
"""Holds sample messages of the engine dialects against the vendors' own client libraries.

    Scripts/check-dialects.py SAMPLES

SAMPLES is a file with one JSON object a line, as the tests write it: `dialect`, `from` (`client` or `engine`) and `text`,
or `headers` and `target` of a handshake. For each dialect two things are checked:

  the engine's samples are what the library understands, by its own types or in a conversation with the library itself;
  the client's samples have the shape of what the library sends: the handshake, the set-up and every later message.

Prints one line for each kind of message. Exit status: 0, or 1 if anything does not fit. A library that is not
installed is skipped and said to be.
"""

import asyncio
import base64
import collections
import importlib
import json
import logging
import re
import sys
import threading
import typing

KEY = "secret"

failures = 0


def report(dialect, what, fault=None):
    global failures
    failures += fault is not None
    print(f"{'FAIL' if fault else 'ok  '} {dialect:18} {what}{': ' + fault if fault else ''}", flush=True)


class Samples:
    """The messages of one dialect, in the order of the conversation."""

    def __init__(self, lines):
        self.engine = [json.loads(line["text"]) for line in lines if line["from"] == "engine"]
        self.client = [json.loads(line["text"]) for line in lines if line["from"] == "client" and "text" in line]
        self.handshake = next((line for line in lines if "headers" in line), None)

    def kinds(self, messages, kind):
        """Messages by kind, each different one once."""
        found = collections.OrderedDict()
        for message in messages:
            same = found.setdefault(kind(message), [])
            if message not in same:
                same.append(message)
        return found


def validate(samples, messages, side, kind, types, dialect, known=()):
    """Parses each message with the types of its kind and looks for members that they do not have, but for `known`."""
    for name, same in samples.kinds(messages, kind).items():
        if name not in types:
            report(dialect, f"{side} {name}", "the library knows no such message")
            continue
        faults = [parse(message, types[name], known) for message in same]
        report(dialect, f"{side} {name} ({len(same)})", next(filter(None, faults), None))


def parse(message, types, known):
    """What is wrong with a message, by the type of the library that fits best; `None` if one fits."""
    fault = None
    for item in types:
        try:
            parsed = item.model_validate_json(json.dumps(message))
            found = unknown(parsed, known=known) or wrong_literal(parsed)
        except Exception as error:  # Whatever the library throws is the finding.
            found = " ".join(f"{error}".split())
        if not found:
            return None
        fault = fault or found
    return fault


def unknown(value, path="", known=()):
    """A member that the library keeps without knowing it."""
    if isinstance(value, list):
        return next(filter(None, (unknown(element, path + "[]", known) for element in value)), None)
    if not hasattr(type(value), "model_fields"):
        return None
    extra = [f"{path}.{name}" for name in value.model_extra or {} if f"{path}.{name}" not in known]
    if extra:
        return f"unknown {extra[0]}"
    members = ((getattr(value, name), f"{path}.{name}") for name in type(value).model_fields)
    return next(filter(None, (unknown(member, place, known) for member, place in members)), None)


def wrong_literal(value, path=""):
    """A string outside a list that the library gives for it, where it would take any."""
    if isinstance(value, list):
        return next(filter(None, (wrong_literal(element, path + "[]") for element in value)), None)
    if not hasattr(type(value), "model_fields"):
        return None
    for name, field in type(value).model_fields.items():
        member = getattr(value, name)
        allowed = literals(field.annotation)
        if isinstance(member, str) and allowed and member not in allowed and str not in flat(field.annotation):
            return f"{path}.{name} is {member}, not one of {sorted(allowed)}"
        fault = wrong_literal(member, f"{path}.{name}")
        if fault:
            return fault
    return None


def flat(annotation):
    arguments = typing.get_args(annotation)
    if typing.get_origin(annotation) is typing.Literal or not arguments:
        return [annotation]
    return [inner for argument in arguments for inner in flat(argument)]


def literals(annotation):
    return {
        value
        for inner in flat(annotation)
        if typing.get_origin(inner) is typing.Literal
        for value in typing.get_args(inner)
        if isinstance(value, str)
    }


def shape(value, path=""):
    """Paths of all members with the kind of each value; an array is its elements together."""
    if isinstance(value, dict):
        found = {path: "object"}
        for name, member in value.items():
            found |= shape(member, f"{path}.{name}")
        return found
    if isinstance(value, list):
        found = {path: "array"}
        for element in value:
            found |= shape(element, path + "[]")
        return found
    if isinstance(value, bool):
        return {path: "bool"}
    return {path: "null" if value is None else "number" if isinstance(value, (int, float)) else "string"}


def compare(dialect, what, ours, theirs, free=()):
    """Whether each member of `ours` is in `theirs` with the same kind; below the paths in `free` anything goes."""
    ours, theirs = shape(ours), shape(theirs)
    for path, kind in ours.items():
        if any(path.startswith(start) for start in free):
            continue
        if theirs.get(path) != kind:
            return report(dialect, what, f"{path} is {kind} here and {theirs.get(path, 'missing')} there")
    report(dialect, what)


def camel(value):
    """With names in camel case: services by protocol buffers take both spellings."""
    if isinstance(value, dict):
        return {re.sub("_([a-z])", lambda match: match[1].upper(), name): camel(member) for name, member in value.items()}
    return [camel(element) for element in value] if isinstance(value, list) else value


def compare_handshake(dialect, samples, request, header):
    """Whether the credential goes in the same header with the same scheme, and the path is the same."""
    ours = {name.lower(): value for name, value in samples.handshake["headers"]}
    theirs = request.headers.get(header)
    if ours.get(header.lower()) != theirs:
        return report(dialect, "handshake", f"{header} is {ours.get(header.lower())} here and {theirs} there")
    path = samples.handshake["target"].split("?")[0]
    if path != request.path.split("?")[0]:
        return report(dialect, "handshake", f"{path} here and {request.path} there")
    report(dialect, f"handshake ({header})")


class Engine:
    """A WebSocket server that answers a client with `script`, and keeps what it gets."""

    def __init__(self, script):
        from websockets.sync.server import serve

        self.messages = []
        self.request = None
        self.finished = threading.Event()

        def handle(connection):
            self.request = connection.request
            try:
                script(self, connection)
            finally:
                self.finished.set()

        self.server = serve(handle, "127.0.0.1", 0, logger=quiet)
        self.port = self.server.socket.getsockname()[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, connection):
        message = connection.recv(timeout=20)
        self.messages.append(message if isinstance(message, bytes) else json.loads(message))
        return self.messages[-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()


quiet = logging.getLogger("check-dialects")
quiet.addHandler(logging.NullHandler())
quiet.propagate = False


def check_deepgram(samples):
    dialect = "deepgram-agent"
    from deepgram import DeepgramClient
    from deepgram.agent.v1 import socket_client
    from deepgram.environment import DeepgramClientEnvironment

    # Some messages have several types, or one for each side.
    by_side = {"client": collections.defaultdict(list), "engine": collections.defaultdict(list)}
    answers = flat(socket_client.V1SocketClientResponse)
    sent = [item for name, item in vars(socket_client).items() if name.startswith("AgentV1") and item not in answers]
    for side, items in [("client", sent), ("engine", answers)]:
        for item in items:
            for name in literals(item.model_fields["type"].annotation) if hasattr(item, "model_fields") else []:
                by_side[side][name].append(item)
    validate(samples, samples.engine, "engine", lambda m: m["type"], by_side["engine"], dialect)
    validate(samples, samples.client, "client", lambda m: m["type"], by_side["client"], dialect)

    def script(engine, connection):
        for message in samples.engine[:1]:
            connection.send(json.dumps(message))
        engine.take(connection)

    ours = samples.client[0]
    with Engine(script) as engine:
        url = f"ws://127.0.0.1:{engine.port}"
        environment = DeepgramClientEnvironment(base=url, production=url, agent=url, agent_rest=url)
        with DeepgramClient(api_key=KEY, environment=environment).agent.v1.connect() as connection:
            connection.send_settings(by_side["client"]["Settings"][0].model_validate(ours))
        engine.finished.wait(20)
        compare_handshake(dialect, samples, engine.request, "Authorization")
        compare(dialect, "set-up as the library sends it", ours, engine.messages[0])


def check_gemini(samples):
    dialect = "gemini-live"
    from google import genai
    from google.genai import live, types
    from websockets.asyncio.client import connect

    def kind(message):
        return "+".join(message) + ("." + "+".join(message["serverContent"]) if "serverContent" in message else "")

    engine_types = {kind(message): [types.LiveServerMessage] for message in samples.engine}
    validate(samples, samples.engine, "engine", kind, engine_types, dialect)
    # The library has no type for all of the set-up: that is compared with what it sends.
    later = samples.client[1:]
    client_types = {kind(message): [types.LiveClientMessage] for message in later}
    validate(samples, later, "client", kind, client_types, dialect)

    def script(engine, connection):
        engine.take(connection)
        for message in samples.engine:
            connection.send(json.dumps(message).encode())
        engine.take(connection)

    ours = samples.client[0]["setup"]
    configuration = types.LiveConnectConfig(
        response_modalities=["AUDIO"],
        speech_config=ours["generationConfig"]["speechConfig"],
        system_instruction=types.Content(parts=[types.Part(text="x")]),
        tools=[types.Tool(function_declarations=ours["tools"][0]["functionDeclarations"])],
        realtime_input_config=ours["realtimeInputConfig"],
        input_audio_transcription={},
        output_audio_transcription={},
        session_resumption={},
        context_window_compression=ours["contextWindowCompression"],
        history_config=ours["historyConfig"],
    )

    async def converse(engine):
        # The library insists on TLS.
        live.ws_connect = lambda uri, **options: connect(uri.replace("wss://", "ws://"), additional_headers=options.get("additional_headers"))
        options = types.HttpOptions(base_url=f"http://127.0.0.1:{engine.port}", api_version="v1beta")
        client = genai.Client(api_key=KEY, http_options=options)
        heard, audio, calls = [], 0, []
        async with client.aio.live.connect(model="m", config=configuration) as session:
            turns = sum("turnComplete" in m.get("serverContent", {}) for m in samples.engine)
            for _ in range(turns):
                async for message in session.receive():
                    content = message.server_content
                    if content and content.input_transcription:
                        heard.append(content.input_transcription.text)
                    audio += len(message.data or b"")
                    calls += [call.id for call in message.tool_call.function_calls] if message.tool_call else []
            await session.send_realtime_input(audio=types.Blob(data=b"\0\0", mime_type="audio/pcm;rate=16000"))
            # What the engine has not read when the connection closes is lost to it.
            await asyncio.to_thread(engine.finished.wait, 20)
        return heard, audio, calls

    with Engine(script) as engine:
        heard, audio, calls = asyncio.run(converse(engine))
        engine.finished.wait(20)
        compare_handshake(dialect, samples, engine.request, "x-goog-api-key")
        compare(dialect, "set-up as the library sends it", ours, camel(engine.messages[0]["setup"]))
        audio_input = next(m for m in samples.client if "audio" in m.get("realtimeInput", {}))
        compare(dialect, "audio as the library sends it", audio_input, camel(engine.messages[1]))
    sent = sum(
        len(base64.b64decode(part["inlineData"]["data"]))
        for message in samples.engine
        for part in message.get("serverContent", {}).get("modelTurn", {}).get("parts", [])
    )
    report(dialect, f"the library hears {audio} octets", None if audio == sent else f"of {sent}")
    report(dialect, f"the library is asked for {calls}", None if calls else "no call came through")
    report(dialect, f"the library reads {heard}", None if heard else "no transcript came through")


def check_elevenlabs(samples):
    dialect = "elevenlabs-agents"
    from elevenlabs import ElevenLabs
    from elevenlabs.conversational_ai.conversation import AudioInterface, ClientTools, Conversation, ConversationInitiationData

    done = threading.Event()
    heard = collections.Counter()
    audio = []

    class Silence(AudioInterface):
        def start(self, input_callback):
            input_callback(b"\0\0")

        def stop(self):
            pass

        def output(self, data):
            audio.append(data)

        def interrupt(self):
            heard["interruption"] += 1

    def script(engine, connection):
        engine.take(connection)
        for message in samples.engine:
            connection.send(json.dumps(message))
        # The library answers audio, pings and calls in an order of its own.
        while {"pong", "client_tool_result", "user_message", "contextual_update"} - {m.get("type") for m in engine.messages}:
            engine.take(connection)
        done.set()
        connection.close()

    ours = samples.client[0]
    tools = ClientTools()
    for message in samples.engine:
        if message["type"] == "client_tool_call":
            tools.register(message["client_tool_call"]["tool_name"], lambda parameters: "{}")
    with Engine(script) as engine:
        conversation = Conversation(
            ElevenLabs(api_key=KEY, base_url=f"http://127.0.0.1:{engine.port}"),
            "agent",
            requires_auth=False,
            audio_interface=Silence(),
            client_tools=tools,
            config=ConversationInitiationData(
                extra_body=ours["custom_llm_extra_body"],
                conversation_config_override=ours["conversation_config_override"],
                dynamic_variables=ours["dynamic_variables"],
            ),
            callback_agent_response=lambda text: heard.update(["agent_response"]),
            callback_agent_response_correction=lambda before, after: heard.update(["agent_response_correction"]),
            callback_user_transcript=lambda text: heard.update(["user_transcript"]),
            callback_latency_measurement=lambda milliseconds: heard.update(["ping"]),
        )
        conversation.start_session()
        while not conversation._ws and not done.is_set():
            done.wait(0.05)
        conversation.send_user_message("x")
        conversation.send_contextual_update("x")
        done.wait(20)
        conversation.end_session()
        conversation.wait_for_session_end()
        sent = collections.Counter(message["type"] for message in samples.engine)
        for kind in ["agent_response", "agent_response_correction", "user_transcript", "ping", "interruption"]:
            report(dialect, f"engine {kind} ({sent[kind]})", None if 0 < sent[kind] == heard[kind] else f"heard {heard[kind]}")
        late = sent["audio"] - len(audio)
        report(dialect, f"engine audio ({len(audio)}, {late} dropped)", None if audio and late else "nothing was dropped as late")
        theirs = {}
        for message in engine.messages:
            theirs.setdefault(message.get("type", "user_audio_chunk"), message)
        for kind, same in samples.kinds(samples.client, lambda m: m.get("type", "user_audio_chunk")).items():
            if kind not in theirs:
                report(dialect, f"client {kind}", "the library sends no such message")
            else:
                compare(dialect, f"client {kind} ({len(same)})", same[0], theirs[kind], free=[".dynamic_variables."])


def check_openai(samples):
    dialect = "openai-realtime"
    from openai import OpenAI
    from openai.types import realtime

    def by_type(union):
        found = {}
        for item in flat(union):
            if hasattr(item, "model_fields") and "type" in item.model_fields:
                found |= {name: [item] for name in literals(item.model_fields["type"].annotation)}
        return found

    # The service sends the identifier of the session; the library's type is that of a request.
    validate(samples, samples.engine, "engine", lambda m: m["type"], by_type(realtime.RealtimeServerEvent), dialect, {".session.id"})
    validate(samples, samples.client, "client", lambda m: m["type"], by_type(realtime.RealtimeClientEvent), dialect)

    def script(engine, connection):
        connection.send(json.dumps(samples.engine[0]))
        engine.take(connection)

    ours = next(message for message in samples.client if message["type"] == "session.update")
    with Engine(script) as engine:
        client = OpenAI(api_key=KEY, websocket_base_url=f"ws://127.0.0.1:{engine.port}/v1")
        with client.realtime.connect(model="m") as connection:
            created = connection.recv()
            report(dialect, f"the library reads {created.type}", None if created.type == "session.created" else "not expected")
            connection.session.update(session=ours["session"])
        engine.finished.wait(20)
        compare_handshake(dialect, samples, engine.request, "Authorization")
        compare(dialect, "set-up as the library sends it", ours, engine.messages[0])


CHECKS = {
    "openai-realtime": ("openai", "openai", check_openai),
    "deepgram-agent": ("deepgram-sdk", "deepgram", check_deepgram),
    "gemini-live": ("google-genai", "google.genai", check_gemini),
    "elevenlabs-agents": ("elevenlabs", "elevenlabs", check_elevenlabs),
}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    lines = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
    for dialect, (package, module, check) in CHECKS.items():
        of_dialect = [line for line in lines if line["dialect"] == dialect]
        try:
            importlib.import_module(module)
            importlib.import_module("websockets.sync.server")
        except ImportError as error:
            print(f"skip {dialect:18} {package} is not installed: {error}")
            continue
        if not of_dialect:
            report(dialect, "samples", "there are none")
            continue
        try:
            check(Samples(of_dialect))
        except Exception as error:
            report(dialect, "conversation with the library", f"{type(error).__name__}: {error}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
