/// What callers and engines may write to get out of the field that it stands in.
enum HostileTexts {
    static let all: [String] = [
        "\"quoted\\\" and \\ back\"", "line\r\nVia: SIP/2.0/UDP 192.0.2.66", "bare\rreturn", "bare\nfeed\n\nbody",
        "nul\u{0}here", "escape\u{1B}[2J", "del\u{7F}", "next line\u{85}line\u{2028}paragraph\u{2029}end",
        "Zoë 王小明 👩🏽‍🚀 𝄞", "\u{202E}drowssap\u{202C} \u{200F}שלום", "a;b=c%3Bd&e?f,g<sip:x@y>", "%0D%0AVia: x",
        "a \u{FEFF}bom", " \t ", "combining e" + String(repeating: "\u{301}", count: 3_000),
        String(repeating: "long 王 ", count: 10_000), String(repeating: "\r\n", count: 50_000), "--sidetone-hand-over--",
    ]
}
