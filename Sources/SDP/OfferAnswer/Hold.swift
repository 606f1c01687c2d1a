extension SessionDescription {
    /// Whether the writer puts its peer on hold: it receives on none of its active audio streams, be it by direction
    /// or by an unspecified address (RFC 3264 §8.4). `false` if there is no active audio stream.
    public var isHold: Bool {
        let active = media.filter { $0.isAudio && $0.port != 0 }
        return !active.isEmpty
            && active.allSatisfy { description in
                !direction(of: description).receives || connection(of: description)?.isUnspecified ?? false
            }
    }

    /// The next version of a description of ours with every active stream put on hold: one that was `sendrecv`
    /// becomes `sendonly`, one that was `recvonly` `inactive` (RFC 3264 §8.4).
    public func holding() -> SessionDescription {
        settingDirection { $0.narrowed(to: .sendOnly) }
    }

    /// The next version of a description of ours in which no stream flows in either direction.
    public func deactivated() -> SessionDescription {
        settingDirection { _ in .inactive }
    }

    private func settingDirection(_ change: (MediaDirection) -> MediaDirection) -> SessionDescription {
        var result = self
        for index in result.media.indices where result.media[index].port != 0 {
            result.media[index].setDirection(change(direction(of: media[index])))
        }
        result.origin.sessionVersion &+= 1
        return result
    }

    /// This description as a back-to-back user agent passes it on: media goes where it says, but the session it names
    /// is ours towards that peer (RFC 3725 §4; RFC 3264 §8 wants `o=` to stay within one dialog).
    public func relayed(as origin: Origin) -> SessionDescription {
        var result = self
        result.origin = origin
        return result
    }

    /// This description with the active audio streams received at another address and port.
    public func redirectingAudio(to address: String, port: UInt16) -> SessionDescription {
        var result = self
        result.connection = ConnectionData(address: address)
        for index in result.media.indices {
            result.media[index].setConnection(nil)
            guard result.media[index].isAudio, result.media[index].port != 0 else { continue }
            result.media[index].port = port
            result.media[index].removeAttributes("rtcp")
        }
        return result
    }
}
