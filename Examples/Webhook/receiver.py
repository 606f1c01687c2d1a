#!/usr/bin/env python3
"""Leads calls: asks for a customer's number and says the balance.

Usage: receiver.py PORT; the key of the signature is in the environment, LINE_SECRET. See Docs/Webhooks.md.
"""
import hashlib, hmac, json, os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = os.environ["LINE_SECRET"].encode()
BALANCES = {"1234": "two hundred and fifty euros", "5678": "seventeen euros"}
ANSWERS = {}  # What was said to each event; a real receiver forgets them after five minutes.

ASK = {"action": "collect", "max": 4, "prompt": [{"action": "say", "text": "Please key in your customer number."}]}


def actions(event):
    if event["event"] == "incoming":
        return [{"action": "answer"}, ASK]
    collected = [r for r in event.get("results", []) if r["action"] == "collect"]
    if event["event"] != "finished" or not collected:
        return [] if event["event"] in ("key", "held", "resumed", "ended") else [{"action": "hangup"}]
    balance = BALANCES.get(collected[-1]["digits"])
    if not balance:
        return [{"action": "say", "text": "I do not know that number."}, ASK]
    return [{"action": "say", "text": f"Your balance is {balance}. Goodbye."}, {"action": "hangup"}]


def is_signed(header, body):
    fields = [field.partition("=")[::2] for field in header.split(",")]
    sent = next((value for name, value in fields if name == "t"), "")
    if not sent.isdigit() or abs(time.time() - int(sent)) > 300:
        return False
    expected = hmac.new(KEY, sent.encode() + b"." + body, hashlib.sha256).hexdigest()
    return any(hmac.compare_digest(expected, value) for name, value in fields if name == "v1")


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not is_signed(self.headers.get("Sidetone-Signature", ""), body):
            return self.send_error(401)
        event = json.loads(body)
        answer = ANSWERS.setdefault(event["id"], json.dumps(actions(event)).encode())
        print(event["event"], json.dumps(event.get("results", [])), "->", answer.decode(), file=sys.stderr, flush=True)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
