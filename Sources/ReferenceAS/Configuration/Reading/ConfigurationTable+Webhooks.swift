import ApplicationServer
import Workflows

/// The keys of services that an operator's HTTP service leads, and of the voice they have.
extension ConfigurationTable {
    private typealias WebhookKey = ConfigurationKey<WebhookDefinition>

    static let webhook: [ConfigurationKey<WebhookDefinition>] =
        [
            WebhookKey(
                "webhook.url", \.url, ValueType<WebURL>.webURL.optional, required: true,
                "Where the events of calls are sent to; its origin is in http.allow or http.allowPrivate."),
            WebhookKey(
                "webhook.secret", \.secret, ValueType<SecretReference>.secret.optional, required: true,
                "Key that events are signed with: env:NAME or file:PATH."),
            WebhookKey(
                "webhook.previousSecret", \.previousSecret, ValueType<SecretReference>.secret.optional,
                "A second key that events are signed with as well, while the first one is changed."),
            WebhookKey(
                "webhook.timeout", \.timeout, .duration(in: .milliseconds(100) ... .seconds(60)), unit: durationUnit,
                "For one attempt to deliver an event. Until the call rings, the fallback's engineTimeout is shorter."),
            WebhookKey(
                "webhook.retries", \.retries, .number(0...5),
                "Further attempts after no connection, or 429, 500, 502, 503, 504."),
            WebhookKey(
                "webhook.files", \.files, ValueType<String>.text.optional,
                "Folder of the WAV files that may be played; their names in actions are relative to it."),
            WebhookKey(
                "webhook.announcement", \.announcement, ValueType<String>.text.optional,
                "WAV file for callers when the HTTP service fails, before they go to the fallback or are hung up."),
            WebhookKey(
                "webhook.maxActions", \.maximumActions, .number(1...100_000), unit: "actions", "In one call."),
            WebhookKey(
                "webhook.timeToAnswer", \.timeToAnswer, .duration(in: .seconds(1) ... .seconds(180)),
                unit: durationUnit, "From the INVITE until a call that rings has to be answered."),
            WebhookKey(
                "fallback", \.fallback, ValueType<String>.name.optional,
                "Name of a fallback, for when the HTTP service fails; without it such a call gets 503."),
        ]
        + filler.map { $0.within(\.filler) }
        + onward.map { $0.within(\.onward) }

    static let speech: [Key] = [
        Key(
            "speech.url", \.speech.url, ValueType<WebURL>.webURL.optional,
            "Where POST turns text into a WAV file, such as http://127.0.0.1:8765/v1/audio/speech; in http.allow or "
                + "http.allowPrivate."),
        Key("speech.model", \.speech.model, ValueType<String>.text.optional, "Name of the server's model."),
        Key("speech.voice", \.speech.voice, .text, "The server's name of the voice."),
        Key(
            "speech.token", \.speech.token, ValueType<SecretReference>.secret.optional,
            "Bearer token: env:NAME or file:PATH."),
        Key(
            "speech.timeout", \.speech.timeout, .duration(in: .milliseconds(100) ... .seconds(60)), unit: durationUnit,
            "For one text."),
        Key(
            "speech.cacheDirectory", \.speech.cacheDirectory, ValueType<String>.text.optional,
            "Folder for rendered texts, which is emptied at the start; not set: a temporary one."),
        Key(
            "speech.cacheSize", \.speech.cacheSize, .number(1_048_576...4_294_967_296), unit: "octets",
            "Rendered texts that are kept; those used longest ago make way."),
    ]
}

extension ValueType<WebURL> {
    static let webURL = ValueType.scalar("an http:// or https:// URL with a host") {
        WebURL($0)
    } render: {
        $0.description.quotedForYAML
    }
}
