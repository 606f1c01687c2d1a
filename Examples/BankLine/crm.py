#!/usr/bin/env python3
"""The bank's customer database, as an HTTP server.

GET /customers/{number}/balance answers {"customer": ..., "account": {"amount": ..., "currency": ...}}.
Usage: crm.py PORT TOKEN. Requests must bear the token.
"""
import hmac
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ACCOUNTS = {"1234": ("Ada", 250, "euros"), "5678": ("Grace", 17, "euros")}


class CRM(BaseHTTPRequestHandler):
    def do_GET(self):
        expected = "Bearer " + sys.argv[2]
        if not hmac.compare_digest(self.headers.get("Authorization", ""), expected):
            return self.answer(401, {"error": "unauthorised"})
        parts = self.path.split("?")[0].strip("/").split("/")
        if len(parts) != 3 or parts[0] != "customers" or parts[2] != "balance" or parts[1] not in ACCOUNTS:
            return self.answer(404, {"error": "unknown customer"})
        name, amount, currency = ACCOUNTS[parts[1]]
        self.answer(200, {"customer": name, "account": {"amount": amount, "currency": currency}})

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), CRM).serve_forever()
