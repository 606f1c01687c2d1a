#!/usr/bin/env python3
"""Runs each pair of cases.py through the S-CSCF of the lab and through `sidetone ifc simulate`, and compares which
application servers were visited, in which session case, and how the request ended.

    PASS  the model, with --dialect kamailio, did what Kamailio did
    DIFF  it did not; `explained` names the section of Docs/ISC-Comparison.md
    and for each: whether the model as the specification says (--dialect standard) did the same
"""

import argparse
import json
import os
import pathlib
import re
import selectors
import subprocess
import sys
import time

import cases
from sip import Endpoint, Message, host_port, token

SDP = "\r\n".join([
    "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0", "m=audio 7000 RTP/AVP 8",
    "a=rtpmap:8 PCMA/8000", ""])
REASONS = {100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK", 302: "Moved Temporarily"}


def profile_xml(user, criteria, part, server_uri):
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>', "<IMSSubscription>", f"<PrivateID>{user}@ims.example</PrivateID>",
        "<ServiceProfile>", f"<PublicIdentity><Identity>sip:{user}@ims.example</Identity></PublicIdentity>"]
    for priority, server, handling, condition in criteria:
        lines.append(f"<InitialFilterCriteria><Priority>{priority}</Priority>")
        if condition:
            form, tests = condition
            lines.append(f"<TriggerPoint><ConditionTypeCNF>{int(form == 'CNF')}</ConditionTypeCNF>")
            for groups, negated, (test, extension) in tests:
                numbers = "".join(f"<Group>{group}</Group>" for group in groups)
                lines.append(
                    f"<SPT><ConditionNegated>{int(negated)}</ConditionNegated>{numbers}{test}{extension}</SPT>")
            lines.append("</TriggerPoint>")
        handled = int(handling == "terminated")
        lines.append(
            f"<ApplicationServer><ServerName>{server_uri(server)}</ServerName>"
            f"<DefaultHandling>{handled}</DefaultHandling></ApplicationServer>")
        if part is not None:
            lines.append(f"<ProfilePartIndicator>{part}</ProfilePartIndicator>")
        lines.append("</InitialFilterCriteria>")
    return "\n".join([*lines, "</ServiceProfile>", "</IMSSubscription>", ""])


class Pair:
    """One case: its users, its request, and what was seen of it."""

    def __init__(self, name, index, network):
        caller, callee, behaviours, *more = cases.CASES[name]
        options = more[0] if more else {}
        self.name, self.network = name, network
        self.criteria = {"caller": caller, "callee": callee, "other": options.get("other")}
        self.users = {role: f"{role}{index:02}" for role in ("caller", "callee", "other")}
        other = f"sip:{self.users['other']}@ims.example"
        self.behaviours = {server: text.replace("OTHER", other) for server, text in behaviours.items()}
        self.method = options.get("method", "INVITE")
        self.callee = options.get("callee", "180,200")
        self.extra = options.get("extra", {})
        self.part = options.get("partial")
        self.registers = options.get("registers")
        self.explained = options.get("explained")
        self.call_id = f"{name}-{token()}-{os.getpid()}"
        self.seen, self.branches, self.delivered, self.final = [], set(), [], None
        self.is_recording = True

    def server_uri(self, number):
        return f"sip:{self.network}.{20 + number}:5060"

    def roles(self):
        if self.registers:
            return ["caller"]
        return ["caller", "callee"] + (["other"] if self.criteria["other"] is not None else [])

    def write_profiles(self, folder):
        for role in self.roles():
            part = self.part if role == "caller" else None
            text = profile_xml(self.users[role], self.criteria[role], part, self.server_uri)
            (folder / f"{self.users[role]}.xml").write_text(text)

    def register(self, role, address, expires, sequence):
        user = self.users[role]
        endpoint = f"{address}:5060"
        return Message("REGISTER sip:ims.example SIP/2.0", [
            ("Via", f"SIP/2.0/UDP {endpoint};branch=z9hG4bK{token()}"), ("Max-Forwards", "69"),
            ("Path", f"<sip:{endpoint};lr>"), ("Require", "path"), ("Supported", "path"),
            ("From", f"<sip:{user}@ims.example>;tag={token()}"), ("To", f"<sip:{user}@ims.example>"),
            ("Call-ID", f"r-{user}-{os.getpid()}"), ("CSeq", f"{sequence} REGISTER"),
            ("Contact", f"<sip:{user}@{endpoint}>"),
            ("Authorization", f'Digest username="{user}@ims.example",realm="ims.example",nonce="",'
             'uri="sip:ims.example",response=""'),
            ("P-Visited-Network-ID", '"ims.example"'),
            ("P-Charging-Vector", f'icid-value="{token()}";orig-ioi=ims.example'), ("Expires", str(expires))])

    def request(self, s_cscf, address):
        caller, callee = self.users["caller"], self.users["callee"]
        extra = list(self.extra.items())
        if self.method == "INVITE":
            extra += [("Contact", f"<sip:{caller}@{address}:5060>"), ("Content-Type", "application/sdp")]
        return Message(f"{self.method} sip:{callee}@ims.example SIP/2.0", [
            ("Via", f"SIP/2.0/UDP {address}:5060;branch=z9hG4bK{token()}"), ("Route", f"<sip:orig@{s_cscf};lr>"),
            ("Max-Forwards", "69"), ("From", f"<sip:{caller}@ims.example>;tag={token()}"),
            ("To", f"<sip:{callee}@ims.example>"), ("Call-ID", self.call_id), ("CSeq", f"1 {self.method}"),
            ("P-Asserted-Identity", f"<sip:{caller}@ims.example>"),
            ("P-Charging-Vector", f'icid-value="{token()}";orig-ioi=ims.example'), *extra],
            SDP if self.method == "INVITE" else "")


class Lab:
    """Plays all users and all application servers against the S-CSCF."""

    def __init__(self, network, pairs):
        self.network, self.pairs = network, pairs
        self.s_cscf = (f"{network}.1", 5060)
        self.caller, self.callee = Endpoint(f"{network}.11"), Endpoint(f"{network}.12")
        self.servers = {number: Endpoint(f"{network}.{20 + number}") for number in range(1, 5)}
        self.selector = selectors.DefaultSelector()
        for role, endpoint in [("caller", self.caller), ("callee", self.callee), *self.servers.items()]:
            self.selector.register(endpoint.socket, selectors.EVENT_READ, (role, endpoint))
        self.by_call = {pair.call_id: pair for pair in pairs}
        self.by_user = {f"sip:{pair.users[role]}@ims.example": pair for pair in pairs for role in pair.users}
        self.forwarded, self.registered = {}, {}

    def run(self, until, seconds):
        """Serves everybody until `until()` holds or the time is up."""
        end = time.monotonic() + seconds
        while not until() and time.monotonic() < end:
            for key, _ in self.selector.select(0.05):
                role, endpoint = key.data
                message = endpoint.receive()
                if not message.start.strip():
                    continue
                if role in self.servers:
                    self.at_server(role, endpoint, message)
                else:
                    self.at_user(role, endpoint, message)

    # Users

    def register(self, pair, role, expires=600, sequence=1):
        endpoint = self.callee if role != "caller" else self.caller
        message = pair.register(role, endpoint.address, expires, sequence)
        self.registered.pop((pair.users[role], sequence), None)
        endpoint.send(message, self.s_cscf)

    def at_user(self, role, endpoint, message):
        if not message.is_request:
            if message.status < 200:
                return
            if message.method == "REGISTER":
                user = re.search(r"sip:([^@>]*)@", message.first("To")).group(1)
                self.registered[user, int(message.first("CSeq").split()[0])] = message.status
                return
            pair = self.by_call.get(message.first("Call-ID"))
            if pair and message.method == pair.method:
                self.finish(pair, endpoint, message)
            return
        if message.method == "ACK":
            return
        if message.method == "BYE":
            endpoint.send(message.response(200, "OK"), self.s_cscf)
            return
        pair = self.by_call.get(message.first("Call-ID"))
        if pair is None or message.branch in pair.branches:
            return
        pair.branches.add(message.branch)
        if message.method == "CANCEL":
            endpoint.send(message.response(200, "OK"), self.s_cscf)
            return
        pair.delivered.append(re.search(r"sip:([^@]*)@", message.uri).group(1))
        contact = [("Contact", f"<sip:{endpoint.address}:5060>")]
        for status in map(int, pair.callee.split(",")):
            if message.method != "INVITE" and status < 200:
                continue
            has_body = status == 200 and message.method == "INVITE"
            extra = contact + ([("Content-Type", "application/sdp")] if has_body else [])
            body = SDP if has_body else ""
            endpoint.send(message.response(status, REASONS.get(status, "No"), extra, body), self.s_cscf)

    def finish(self, pair, endpoint, message):
        first = pair.final is None
        if first:
            pair.final = message.status
        if pair.method != "INVITE":
            return
        headers = [(key, value) for key, value in message.headers if key.lower() in ("from", "to", "call-id")]
        sequence = message.first("CSeq").split()[0]
        if message.status >= 300:
            ack = Message(f"ACK sip:{pair.users['callee']}@ims.example SIP/2.0", [
                ("Via", message.values("Via")[0]), ("Max-Forwards", "70"), *headers, ("CSeq", f"{sequence} ACK")])
            endpoint.send(ack, self.s_cscf)
            return
        target = message.first("Contact").strip("<>") or f"sip:{pair.users['callee']}@ims.example"
        routes = [("Route", route) for route in reversed(message.values("Record-Route"))]
        for number, method in [(sequence, "ACK"), (str(int(sequence) + 1), "BYE")]:
            if method == "BYE" and not first:
                continue
            endpoint.send(Message(f"{method} {target} SIP/2.0", [
                endpoint.via(token()), ("Max-Forwards", "70"), *routes, *headers, ("CSeq", f"{number} {method}"),
            ]), host_port(routes[0][1]) if routes else host_port(target))

    # Application servers

    def at_server(self, number, endpoint, message):
        if not message.is_request:
            self.pass_back(endpoint, message)
            return
        if message.method == "ACK":
            return
        if message.method in ("BYE", "CANCEL"):
            endpoint.send(message.response(200, "OK"), self.s_cscf)
            return
        if message.method == "REGISTER":
            identity = message.first("To").strip("<>").partition(">")[0]
            pair = self.by_user.get(identity)
            if pair and pair.is_recording and message.first("Call-ID") not in pair.branches:
                pair.branches.add(message.first("Call-ID"))
                if pair.registers:
                    pair.seen.append((number, "REGISTER", "0" if message.first("Expires") == "0" else "more"))
            endpoint.send(message.response(200, "OK", [("Expires", message.first("Expires"))]), self.s_cscf)
            return
        pair = self.by_call.get(message.first("Call-ID"))
        if pair is None or (number, message.branch) in pair.branches:
            return
        pair.branches.add((number, message.branch))
        served = message.first("P-Served-User")
        part = "cdiv" if "orig-cdiv" in served else served.partition("sescase=")[2].partition(";")[0]
        pair.seen.append((number, part, message.uri))
        for step in pair.behaviours.get(number, "handback").split(","):
            word, _, argument = step.partition(":")
            if word.isdigit() or word in ("answer", "redirect"):
                status = {"answer": 200, "redirect": 302}.get(word) or int(word)
                extra = [("Contact", f"<{argument or f'sip:{endpoint.address}:5060'}>")]
                is_answer = status == 200 and message.method == "INVITE"
                if is_answer:
                    extra.append(("Content-Type", "application/sdp"))
                body = SDP if is_answer else ""
                endpoint.send(message.response(status, REASONS.get(status, "No"), extra, body), self.s_cscf)
            elif word in ("handback", "retarget", "drop-odi"):
                self.hand_back(endpoint, message, word, argument)

    def hand_back(self, endpoint, message, word, target):
        """As a proxy that records no route: 100, own Route entry off, own Via on."""
        endpoint.send(message.response(100, "Trying"), self.s_cscf)
        routes = message.values("Route")[1:]
        if word == "drop-odi":
            routes = [f"<sip:{self.s_cscf[0]}:5060;lr>"]
        branch = token()
        self.forwarded["z9hG4bK" + branch] = message
        start = f"{message.method} {target} SIP/2.0" if target else message.start
        headers = [endpoint.via(branch), *message.without("Route")]
        headers += [("Route", route) for route in routes]
        endpoint.send(Message(start, headers, message.body), self.s_cscf)

    def pass_back(self, endpoint, message):
        original = self.forwarded.get(message.branch)
        if original is None or message.status == 100:
            return
        if message.method == "INVITE" and message.status >= 300:
            headers = [(key, value) for key, value in message.headers if key.lower() in ("from", "to", "call-id")]
            sequence = message.first("CSeq").split()[0]
            endpoint.send(Message(f"ACK {original.uri} SIP/2.0", [
                ("Via", message.values("Via")[0]), ("Max-Forwards", "70"), *headers, ("CSeq", f"{sequence} ACK"),
            ]), self.s_cscf)
        vias = [("Via", value) for value in original.values("Via")]
        endpoint.send(Message(message.start, vias + message.without("Via"), message.body), self.s_cscf)


def simulate(program, pair, folder, dialect):
    """The same through the model; what it did in the same form."""
    profile = folder / f"{pair.users['caller']}.xml"
    message = folder / f"{pair.users['caller']}.sip"
    if pair.registers:
        request = pair.register("caller", "192.0.2.1", 0 if pair.registers == "de-registration" else 600, 2)
    else:
        request = pair.request("192.0.2.2", "192.0.2.1")
    message.write_bytes(bytes(request))
    command = [
        program, "ifc", "simulate", str(profile), "--message", str(message), "--session-case", "originating",
        "--dialect", dialect, "--callee", pair.callee, "--format", "json"]
    for role in pair.roles()[1:]:
        command += ["--peer", str(folder / f"{pair.users[role]}.xml")]
    for server, behaviour in pair.behaviours.items():
        command += ["--as", f"{pair.server_uri(server)}={behaviour}"]
    if pair.registers:
        command += ["--registration-type", pair.registers]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(command)}: {result.stderr}")
    document = json.loads(result.stdout)
    seen = []
    for visit in document["chain"]:
        number = int(host_port(visit["serverName"])[0].rpartition(".")[2]) - 20
        if pair.registers:
            seen.append((number, "REGISTER", "0" if pair.registers == "de-registration" else "more"))
        else:
            part = (visit["sessionCase"] or "").replace("originating-cdiv", "cdiv")
            part = "orig" if part.startswith("originating") else "term" if part.startswith("term") else part
            seen.append((number, part, visit["requestURI"]))
    contacts = [re.search(r"sip:([^@]*)@", uri).group(1) for uri in document["deliveries"] if "@ue." in uri]
    final = document["final"]["status"] if document["final"] else None
    return seen, contacts, final


def shown(outcome, pair):
    seen, delivered, final = outcome
    chain = " ".join(f"AS{number}:{part}" for number, part, _ in seen) or "-"
    roles = {user: role for role, user in pair.users.items()}
    return f"{chain} -> {' '.join(roles.get(user, user) for user in delivered) or '-'} {final}"


def normalized(outcome, pair, is_lenient=False):
    """What is compared. Leniently, 555 is Kamailio's way to say 408 or 500 (TS 24.229 leaves the status open)."""
    seen, delivered, final = outcome
    if pair.registers:  # Sent all at once: there is no order.
        return sorted(seen), None, None
    return seen, delivered, 500 if is_lenient and final in (408, 555) else final


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=["profiles", "run"])
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="for profiles and requests")
    parser.add_argument("--network", default="127.0.5")
    parser.add_argument("--sidetone", default="sidetone")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    names = [name for name in cases.CASES if not arguments.names or name in arguments.names]
    numbers = {name: index for index, name in enumerate(cases.CASES)}
    pairs = [Pair(name, numbers[name], arguments.network) for name in names]
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for pair in pairs:
        pair.write_profiles(arguments.folder)
    if arguments.step == "profiles":
        return 0

    lab = Lab(arguments.network, pairs)
    for pair in pairs:
        pair.is_recording = pair.registers == "initial"
        for role in pair.roles():
            lab.register(pair, role)
            lab.run(lambda: (pair.users[role], 1) in lab.registered, 4)
    lab.run(lambda: False, 0.5)
    for pair in pairs:
        pair.is_recording = True
        if pair.registers:
            if pair.registers != "initial":
                lab.register(pair, "caller", 600 if pair.registers == "re-registration" else 0, 2)
            continue
        lab.caller.send(pair.request(f"{lab.s_cscf[0]}:5060", lab.caller.address), lab.s_cscf)
        lab.run(lambda: False, 0.1)
    lab.run(lambda: all(pair.final or pair.registers for pair in pairs), 25)
    lab.run(lambda: False, 1)

    unexplained = equal = standard_equal = 0
    for pair in pairs:
        seen = (pair.seen, pair.delivered, pair.final)
        model = simulate(arguments.sidetone, pair, arguments.folder, "kamailio")
        standard = simulate(arguments.sidetone, pair, arguments.folder, "standard")
        same = normalized(seen, pair) == normalized(model, pair)
        as_specified = normalized(seen, pair, True) == normalized(standard, pair, True)
        equal += same
        standard_equal += as_specified
        note = "" if as_specified else "; specification: " + shown(standard, pair)
        if same:
            print(f"PASS  {pair.name}: {shown(seen, pair)}{note}" + (f" [{pair.explained}]" if note else ""))
        else:
            print(f"DIFF  {pair.name}: Kamailio {shown(seen, pair)}; model {shown(model, pair)}{note}"
                  f" [{pair.explained or 'NOT EXPLAINED'}]")
        if not (same and as_specified) and not pair.explained:
            unexplained += 1
    print(f"{equal} of {len(pairs)} pairs are equal; {standard_equal} also with the specification's reading; "
          f"{unexplained} without an explanation")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
