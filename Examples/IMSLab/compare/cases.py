"""The pairs that compare.py runs: a profile, a request, and what each application server does with it.

A criterion is written (priority, server, handling, condition). `server` is 1 to 4; `handling` is "continued" or
"terminated"; `condition` is None for no trigger point, or (form, [(groups, negated, test)]), form "CNF" or "DNF".
Behaviours are those of `sidetone ifc simulate`; a server without one hands the request back.
"""

ORIGINATING, TERMINATING, ORIGINATING_CDIV = 0, 1, 4


def method(name, *types):
    kinds = "".join(f"<RegistrationType>{kind}</RegistrationType>" for kind in types)
    return f"<Method>{name}</Method>", f"<Extension>{kinds}</Extension>" if kinds else ""


def header(name, content=None):
    text = f"<Content>{content}</Content>" if content is not None else ""
    return f"<SIPHeader><Header>{name}</Header>{text}</SIPHeader>", ""


def line(letter, content):
    return f"<SessionDescription><Line>{letter}</Line><Content>{content}</Content></SessionDescription>", ""


def uri(pattern):
    return f"<RequestURI>{pattern}</RequestURI>", ""


def case(number):
    return f"<SessionCase>{number}</SessionCase>", ""


def all_of(*tests):
    """Every test; a test in a list of its own is negated."""
    return "DNF", [([0], isinstance(test, list), test[0] if isinstance(test, list) else test) for test in tests]


CALL = all_of(method("INVITE"), case(ORIGINATING))
CALLED = all_of(method("INVITE"), case(TERMINATING))


def chain(*handlings, condition=CALL):
    """Criteria to servers 1, 2, ... in order of priority."""
    return [(10 * (index + 1), index + 1, handling, condition) for index, handling in enumerate(handlings)]


# name: caller's criteria, callee's criteria, behaviours by server, further keys:
#   method      of the request (INVITE)
#   callee      what the called user does (180,200)
#   extra       headers of the request
#   other       criteria of a third user, who is registered
#   partial     a ProfilePartIndicator for the caller's criteria
#   registers   instead of a request: "initial", "re-registration" or "de-registration" of the caller
#   explained   the difference from TS 24.229/29.228, as Docs/ISC-Comparison.md names it
CASES = {
    # The order of the chain
    "no-criteria": ([], [], {}),
    "one-server": (chain("continued"), [], {}),
    "three-servers": (chain("continued", "continued", "terminated"), [], {}),
    "priority-not-document-order": (
        [(30, 1, "continued", CALL), (20, 2, "continued", CALL), (10, 3, "continued", CALL)], [], {}),
    "both-sides": (chain("continued"), [(10, 2, "continued", CALLED)], {}),
    "both-sides-same-server": (chain("continued"), [(10, 1, "continued", CALLED)], {}),
    "both-sides-two-each": (
        chain("continued", "continued"), [(10, 3, "continued", CALLED), (20, 4, "continued", CALLED)], {}),
    # Final responses that are no failure of the server
    "answers": (chain("continued", "continued"), [], {1: "answer"}),
    "redirects": (chain("continued", "continued"), [], {1: "redirect:sip:x@elsewhere.example"}),
    "busy": (chain("continued", "continued"), [], {1: "486"}),
    "not-found": (chain("continued", "continued"), [], {1: "404"}),
    "declines": (chain("terminated"), [], {1: "603"}),
    "callee-busy": (chain("continued"), [(10, 2, "continued", CALLED)], {}, {"callee": "486"}),
    # Default handling
    "continued-503": (chain("continued", "continued"), [], {1: "503"}),
    "continued-500": (chain("continued"), [], {1: "500"}),
    "continued-408": (chain("continued", "continued"), [], {1: "408"}),
    "continued-silent": (chain("continued", "continued"), [], {1: "silent"}),
    "terminated-503": (chain("terminated", "continued"), [], {1: "503"}),
    "terminated-silent": (chain("terminated", "continued"), [], {1: "silent"}),
    "second-fails": (chain("continued", "continued", "continued"), [], {2: "503"}),
    "second-silent": (chain("continued", "continued", "continued"), [], {2: "silent"}),
    "second-terminates": (
        chain("continued", "terminated", "continued"), [], {2: "503"}, {"explained": "second-failure"}),
    "both-fail": (chain("continued", "continued"), [], {1: "503", 2: "503"}, {"explained": "second-failure"}),
    "terminating-continued-503": ([], chain("continued", "continued", condition=CALLED), {1: "503"}),
    "terminating-terminated-503": ([], chain("terminated", condition=CALLED), {1: "503"}),
    "terminating-continued-silent": ([], chain("continued", condition=CALLED), {1: "silent"}),
    "originating-then-terminating-fails": (chain("continued"), [(10, 2, "continued", CALLED)], {2: "503"}),
    "183-then-503": (chain("continued", "continued"), [], {1: "183,503"}, {"explained": "not-strict"}),
    "callee-fails-after-hand-back": (chain("continued"), [], {}, {"callee": "500", "explained": "not-strict"}),
    # Retargeting, and a lost original dialog identifier
    "originating-retargets": (
        chain("continued", "continued"), [(10, 3, "continued", CALLED)], {1: "retarget:OTHER"},
        {"other": [(10, 4, "continued", CALLED)]}),
    "terminating-retargets": (
        [], chain("continued", "continued", condition=CALLED), {1: "retarget:OTHER"},
        {"other": [(10, 4, "continued", CALLED)], "explained": "retargeting"}),
    "terminating-retargets-originating-criteria": (
        [], [(10, 1, "continued", CALLED), (20, 2, "continued", CALL)], {1: "retarget:OTHER"},
        {"other": []}),
    "terminating-retargets-after-diversion": (
        [], [(10, 1, "continued", CALLED), (20, 2, "continued", all_of(method("INVITE"), case(ORIGINATING_CDIV)))],
        {1: "retarget:OTHER"}, {"other": [], "explained": "retargeting"}),
    "terminating-redirects": ([], chain("continued", condition=CALLED), {1: "redirect:OTHER"}, {"other": []}),
    "drops-the-identifier": (
        chain("continued", "continued"), [(10, 3, "continued", CALLED)], {1: "drop-odi"}),
    # Service point triggers
    "no-trigger-point": ([(10, 1, "continued", None)], [], {}),
    "other-session-case": ([(10, 1, "continued", CALLED)], [(10, 2, "continued", CALL)], {}),
    "message": (
        [(10, 1, "continued", all_of(method("MESSAGE"))), (20, 2, "continued", CALL)], [], {}, {"method": "MESSAGE"}),
    "not-invite": ([(10, 1, "continued", all_of([method("INVITE")]))], [], {}, {"method": "MESSAGE"}),
    "header-present": (
        [(10, 1, "continued", all_of(header("Subject"))), (20, 2, "continued", all_of(header("Priority")))], [], {},
        {"extra": {"Subject": "lunch"}}),
    "header-content": (
        [(10, 1, "continued", all_of(header("Subject", "^lunch"))),
         (20, 2, "continued", all_of(header("Subject", "^dinner")))], [], {}, {"extra": {"Subject": "lunch at 12"}}),
    "header-absent": (
        [(10, 1, "continued", all_of(method("INVITE"), [header("Subject")]))], [], {},
        {"extra": {"Subject": "lunch"}, "explained": "negated-presence"}),
    "header-content-case": (
        [(10, 1, "continued", all_of(header("Subject", "^LUNCH")))], [], {},
        {"extra": {"Subject": "lunch"}, "explained": "case-of-content"}),
    "session-description": (
        [(10, 1, "continued", all_of(line("m", "^audio"))), (20, 2, "continued", all_of(line("m", "^video")))],
        [], {}, {"explained": "anchored-line"}),
    "session-description-free": (
        [(10, 1, "continued", all_of(line("m", "audio"))), (20, 2, "continued", all_of(line("m", "video")))], [], {}),
    "request-uri-host": (
        [(10, 1, "continued", all_of(uri("ims\\.example"))), (20, 2, "continued", all_of(uri("other\\.example")))],
        [], {}),
    "request-uri-host-anchored": (
        [(10, 1, "continued", all_of(uri("^ims\\.example$")))], [], {}, {"explained": "whole-uri"}),
    "request-uri-scheme": ([(10, 1, "continued", all_of(uri("^sip:")))], [], {}, {"explained": "whole-uri"}),
    "method-prefix": ([(10, 1, "continued", all_of(method("INV")))], [], {}, {"explained": "method-prefix"}),
    "conjunctive": (
        [(10, 1, "continued", ("CNF", [
            ([0], False, method("INVITE")), ([0], False, method("MESSAGE")), ([1], False, header("Subject")),
            ([1], False, header("Priority"))])),
         (20, 2, "continued", ("CNF", [
             ([0], False, method("INVITE")), ([1], False, header("Priority"))]))],
        [], {}, {"extra": {"Subject": "lunch"}}),
    "disjunctive": (
        [(10, 1, "continued", ("DNF", [
            ([0], False, method("MESSAGE")), ([0, 1], False, case(ORIGINATING)), ([1], False, header("Subject"))])),
         (20, 2, "continued", ("DNF", [
             ([0], False, method("MESSAGE")), ([0, 1], False, case(ORIGINATING)), ([1], False, header("Priority"))]))],
        [], {}, {"extra": {"Subject": "lunch"}}),
    "unregistered-part": (chain("continued"), [], {}, {"partial": 1}),
    "registered-part": (chain("continued"), [], {}, {"partial": 0}),
    # Registration: each server whose criterion is met is told
    "registers": (
        [(10, 1, "continued", all_of(method("REGISTER"))), (20, 2, "continued", all_of(method("REGISTER", 0))),
         (30, 3, "continued", all_of(method("REGISTER", 1))), (40, 4, "continued", CALL)],
        [], {}, {"registers": "initial"}),
    "registers-again": (
        [(10, 1, "continued", all_of(method("REGISTER"))), (20, 2, "continued", all_of(method("REGISTER", 0))),
         (30, 3, "continued", all_of(method("REGISTER", 1)))],
        [], {}, {"registers": "re-registration"}),
    "leaves": (
        [(10, 1, "continued", all_of(method("REGISTER"))), (20, 2, "continued", all_of(method("REGISTER", 0))),
         (30, 3, "continued", all_of(method("REGISTER", 2)))],
        [], {}, {"registers": "de-registration"}),
}
