import RTP
import SRTP
import Timing

extension Leg {
    /// Takes a datagram from the RTP socket. Bytes from anywhere but the peer have no effect but a count.
    ///
    /// - Parameters:
    ///   - bytes: Decrypted in place if the leg's packets are protected.
    ///   - arrival: When the kernel took it in.
    public func receiveRTP(
        _ bytes: inout MutableSpan<UInt8>,
        from source: IPEndpoint,
        arrival: MonotonicTime,
        events: inout [MediaSessionEvent]
    ) {
        if RTCPCompound.isRTCP(bytes.span) { return receiveRTCP(&bytes, from: source, at: arrival) }
        guard filter.mayAdmitRTP(from: source) else {
            counters.droppedWrongSource += 1
            return
        }
        // What a forged packet could move, the filter's lock too, comes after the proof that it is none.
        guard let count = open(&bytes, .rtp) else { return }
        let content = bytes.span.extracting(0..<count)
        let packet: RTPPacket
        do {
            packet = try RTPPacket(parsing: content)
        } catch {
            counters.droppedMalformed += 1
            return
        }
        switch filter.admitRTP(from: source, header: packet.header) {
        case .accepted: break
        case .latched(let endpoint): peer?.moveRTP(to: endpoint)
        case .rejected:
            counters.droppedWrongSource += 1
            return
        }
        guard let peer, let codec else { return }
        guard peer.receives else {
            counters.droppedOnHold += 1
            return
        }
        let before = counters
        receive.receive(
            packet, in: content, arrival: arrival, codec: codec, peer: peer, counters: &counters, events: &events
        )
        if counters.packetsReceived != before.packetsReceived { noteHeard(at: arrival) }
        if counters.digitsReceived != before.digitsReceived, case .digit(let digit)? = events.last,
            !digits.admits(digit, by: .event, at: arrival)
        {
            events.removeLast()
        }
    }

    /// Takes a digit that came in signalling. It is reported like those of the stream, unless one of them was the same.
    public func receiveDigit(_ digit: Character, at now: MonotonicTime, events: inout [MediaSessionEvent]) {
        guard let code = TelephoneEvent.code(for: digit), let digit = TelephoneEvent.digit(for: code),
            digits.admits(digit, by: .message, at: now)
        else { return }
        events.append(.digit(digit))
    }

    /// Takes a datagram from the RTCP socket, or RTCP from the RTP socket (RFC 5761).
    ///
    /// - Parameter bytes: Decrypted in place if the leg's packets are protected.
    public func receiveRTCP(_ bytes: inout MutableSpan<UInt8>, from source: IPEndpoint, at now: MonotonicTime) {
        guard filter.admitsRTCP(from: source) else {
            counters.droppedWrongSource += 1
            return
        }
        guard let count = open(&bytes, .rtcp) else { return }
        do {
            let packets = try RTCPCompound.parse(bytes.span.extracting(0..<count))
            counters.reportsReceived += 1
            reports.receive(packets, peer: receive.ssrc, own: send.ssrc, at: now)
            if let loss = reports.lossAtPeer { codec?.expect(loss: loss) }
            noteHeard(at: now)
        } catch {
            counters.droppedMalformed += 1
        }
    }

    /// Proves and decrypts a packet, if this leg's are protected.
    ///
    /// - Returns: How many octets from the first are the packet; `nil` if it was dropped, and counted.
    private func open(_ bytes: inout MutableSpan<UInt8>, _ content: PacketBatch.Content) -> Int? {
        guard protection.isProtected else { return bytes.count }
        guard let receiver = protection.receiver else {
            counters.droppedUnauthentic += 1
            return nil
        }
        do throws(SRTPError) {
            switch content {
            case .rtp: return try receiver.unprotectRTP(&bytes)
            case .rtcp: return try receiver.unprotectRTCP(&bytes)
            }
        } catch {
            switch error {
            case .truncated, .version: counters.droppedMalformed += 1
            case .replayed: counters.droppedReplayed += 1
            case .unauthentic, .unencrypted, .tooManySources, .keyExhausted, .sequenceNumber, .cryptography:
                counters.droppedUnauthentic += 1
            }
            return nil
        }
    }

    private func noteHeard(at now: MonotonicTime) {
        lastHeard = now
        hasReportedInactivity = false
    }
}
