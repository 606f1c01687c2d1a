/// Quality-of-service preconditions of a stream as its offerer states them, and what we answer (RFC 3312, RFC 4032).
///
/// We hold no resources of our own that would have to be reserved: our segment of the path counts as ready at once,
/// and what is waited for is the peer's (TS 24.229 §6.1.3).
public struct Preconditions: Sendable, Hashable {
    /// How much a desired status is worth (RFC 3312 §4).
    public enum Strength: String, Sendable, Hashable {
        case mandatory, optional, none, failure, unknown
    }

    /// Whose part of the path a status is about, seen from the sender of the description.
    public enum Segment: String, Sendable, Hashable, CaseIterable {
        /// The whole path.
        case endToEnd = "e2e"
        case local, remote

        var mirrored: Segment {
            switch self {
            case .endToEnd: .endToEnd
            case .local: .remote
            case .remote: .local
            }
        }
    }

    struct Desire: Sendable, Hashable {
        var segment: Segment
        var strength: Strength
        var directions: ReservedDirections
    }

    private var current: [Segment: ReservedDirections] = [:]
    private var desired: [Desire] = []

    /// - Returns: `nil` for a stream without preconditions of type `qos`. Lines that do not parse count as not there.
    public init?(offeredIn description: MediaDescription) {
        for value in description.lines.attributes("curr").prefix(16) {
            let fields = value.split(separator: " ")
            guard fields.count == 3, fields[0] == "qos", let segment = Segment(rawValue: String(fields[1])),
                let directions = ReservedDirections(fields[2])
            else { continue }
            current[segment] = directions
        }
        for value in description.lines.attributes("des").prefix(16) {
            let fields = value.split(separator: " ")
            guard fields.count == 4, fields[0] == "qos", let strength = Strength(rawValue: String(fields[1])),
                let segment = Segment(rawValue: String(fields[2])), let directions = ReservedDirections(fields[3])
            else { continue }
            desired.append(Desire(segment: segment, strength: strength, directions: directions))
        }
        guard !current.isEmpty || !desired.isEmpty else { return nil }
    }

    /// Whether the session may be established: what the offerer insists on for its own segment is reserved.
    public var areMet: Bool {
        desired.allSatisfy { desire in
            guard desire.strength == .mandatory, desire.segment == .local else { return true }
            return (current[.local] ?? []).isSuperset(of: desire.directions)
        }
    }

    /// Whether the offerer insists on a reservation over the whole path, which nobody here can make: 580
    /// (RFC 3312 §8).
    public var cannotBeMet: Bool {
        desired.contains { $0.strength == .mandatory && $0.segment == .endToEnd }
    }

    /// The attributes of the answer, as name and value (RFC 3312 §5.2): the tables seen from our side, our own
    /// segment reserved, and a request to be told when the peer's is.
    public var answerAttributes: [(name: String, value: String)] {
        var attributes: [(name: String, value: String)] = []
        let usesWholePath = current[.endToEnd] != nil || desired.contains { $0.segment == .endToEnd }
        if usesWholePath { attributes.append(("curr", "qos e2e none")) }
        let usesSegments = current[.local] != nil || current[.remote] != nil || !usesWholePath
        let remote = (current[.local] ?? []).mirrored
        if usesSegments {
            attributes.append(("curr", "qos local sendrecv"))
            attributes.append(("curr", "qos remote \(remote)"))
        }
        for desire in desired {
            attributes.append(
                ("des", "qos \(desire.strength) \(desire.segment.mirrored.rawValue) \(desire.directions.mirrored)"))
        }
        if !areMet { attributes.append(("conf", "qos remote sendrecv")) }
        return attributes
    }
}

/// `none`, `send`, `recv` or `sendrecv` (RFC 3312 §4), seen from the sender of the description.
struct ReservedDirections: OptionSet, Sendable, Hashable, CustomStringConvertible {
    let rawValue: UInt8

    static let send = ReservedDirections(rawValue: 1)
    static let receive = ReservedDirections(rawValue: 2)

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init?(_ text: Substring) {
        switch text {
        case "none": self = []
        case "send": self = .send
        case "recv": self = .receive
        case "sendrecv": self = [.send, .receive]
        default: return nil
        }
    }

    /// Seen from the other side.
    var mirrored: ReservedDirections {
        switch self {
        case .send: .receive
        case .receive: .send
        default: self
        }
    }

    var description: String {
        switch self {
        case .send: "send"
        case .receive: "recv"
        case [.send, .receive]: "sendrecv"
        default: "none"
        }
    }
}

extension SessionDescription {
    /// The preconditions of the first audio stream that is not refused.
    public var preconditions: Preconditions? { activeAudio.flatMap { Preconditions(offeredIn: $0) } }

    /// Adds attributes to the first audio stream that is not refused.
    public mutating func appendAudioAttributes(_ attributes: [(name: String, value: String)]) {
        guard let index = media.firstIndex(where: { $0.isAudio && $0.port != 0 }) else { return }
        for (name, value) in attributes { media[index].appendAttribute(name, value) }
    }
}
