import CDatagrams
import NIOCore
import NIOPosix
import SIP
import Timing

/// Datagrams as they come: who may talk to us, what can wait, which new calls are too many. Nothing is parsed here.
extension SIPStack {
    /// How often the sockets are read while calls are refused. Reading many datagrams at a time takes half as long for
    /// each, and as many refusals leave together.
    private static let pollInterval = TimeAmount.milliseconds(2)

    /// Reads in a row before what has been read is handled: more datagrams than come in the time that takes, so that how
    /// long messages wait is seen.
    private static let readsPerTurn = 64

    func receive(datagram: AddressedEnvelope<ByteBuffer>, on flow: FlowID) {
        guard let peer = DatagramPeer(datagram.remoteAddress) else { return }
        datagram.data.withUnsafeReadableBytes { arrived($0, from: peer, on: flow) }
    }

    /// Reads what came behind the datagram that a channel has read, and handles all of it.
    func receivedDatagrams(on flow: FlowID) {
        if let socket = transports.datagrams[flow] { _ = drain(socket, on: flow) }
        if !intake.isScheduled { handleIntake() }
        if overload.isShedding, !isPolling { startPolling() }
    }

    private func startPolling() {
        isPolling = true
        setReading(false)
        schedulePoll()
    }

    private func schedulePoll() {
        eventLoop.assumeIsolated().scheduleTask(in: Self.pollInterval) { [weak self] in
            self?.assumeIsolated { $0.poll() }
        }
    }

    private func poll() {
        var count = 0
        var meter = processor
        meter.measure {
            let before = refusedDatagrams
            count = drainSockets()
            return Double(refusedDatagrams - before) / Double(max(1, count))
        }
        processor = meter
        if !intake.isScheduled { handleIntake() }
        if overload.isShedding, count > 0 {
            schedulePoll()
        } else {
            isPolling = false
            setReading(true)
        }
    }

    /// Reads what waits in the sockets, and handles what is of calls under way: no more than ``Intake`` has room for.
    func catchUp() {
        drainSockets()
        handleUnderWay()
        if !intake.isScheduled { handleIntake() }
    }

    /// Handles what has come, so that it does not wait for deadlines: they can. Sockets that are read by the clock are
    /// left to it.
    func readBetweenDeadlines() {
        guard !isPolling else { return }
        guard drainSockets() > 0 else { return }
        if !intake.isScheduled { handleIntake() }
    }

    private func setReading(_ isReading: Bool) {
        for socket in transports.datagrams.values {
            try? socket.channel.syncOptions?.setOption(.autoRead, value: isReading)
        }
    }

    /// Reads what waits at all sockets.
    ///
    /// - Returns: How many datagrams.
    @discardableResult
    private func drainSockets() -> Int {
        transports.datagrams.reduce(0) { $0 + drain($1.value, on: $1.key) }
    }

    /// Reads what waits at a socket.
    ///
    /// - Returns: How many datagrams.
    private func drain(_ socket: TransportTable.DatagramSocket, on flow: FlowID) -> Int {
        let buffers = drainBuffers
        var total = 0
        // At first few: mostly there are no more.
        var most = 4
        for _ in 0..<Self.readsPerTurn {
            let count = buffers.receive(most, from: socket.descriptor) { arrived($0, from: $1, on: flow) }
            total += count
            if count < most { break }
            most = DrainBuffers.count
        }
        return total
    }

    private func arrived(_ message: UnsafeRawBufferPointer, from peer: DatagramPeer, on flow: FlowID) {
        guard configuration.admits(peer.bits) else {
            counters.droppedUntrusted += 1
            return
        }
        // Keep-alives (RFC 5626 §3.5.1, and the zeros that some phones send).
        guard message.count > 4 else { return }
        switch Arrival(message, refusalTag: SIPResponse.statelessTagPrefix) {
        case .newCall(let invite):
            let admission = invite.map { decide($0, of: message, from: peer, on: flow) } ?? .undecided
            if admission != .refused { queue(message, from: peer, on: flow, isNewCall: true, admission) }
        case .other: queue(message, from: peer, on: flow, isNewCall: false, .undecided)
        case .refusalAcknowledgement: refusedDatagrams += 1
        }
    }

    private func queue(
        _ message: UnsafeRawBufferPointer,
        from peer: DatagramPeer,
        on flow: FlowID,
        isNewCall: Bool,
        _ admission: Admission
    ) {
        let source = SIPSource(transport: .udp, address: text(of: peer), port: peer.port, flow: flow)
        let item = Intake.Item(
            bytes: Array(message), source: source, peer: peer, arrival: now, isNewCall: isNewCall,
            isStranger: configuration.mustAuthenticate(peer.bits), admission: admission)
        if !intake.append(item) { counters.droppedOverload += 1 }
    }

    /// Most datagrams come from few peers, often several in a row.
    private func text(of peer: DatagramPeer) -> String {
        if let (last, text) = lastPeer, last.hasAddress(of: peer) { return text }
        let text = peer.hostText
        lastPeer = (peer, text)
        return text
    }

    /// Lets a new call in or refuses it.
    ///
    /// - Returns: `undecided` if that takes a closer look.
    private func decide(
        _ invite: UnparsedInvite,
        of message: UnsafeRawBufferPointer,
        from peer: DatagramPeer,
        on flow: FlowID
    ) -> Admission {
        guard capture == nil, !recentInvites.contains(invite.key) else { return .undecided }
        switch overload.decide(from: overloadKey(of: peer.bits), random: random.next()) {
        case .admit:
            recentInvites.insert(invite.key, at: now)
            return .admitted
        case .shed(let retryAfter):
            refuse(invite, of: message, from: peer, on: flow, retryAfter: retryAfter)
            return .refused
        }
    }

    /// Those whom we do not trust share what one peer may have.
    func overloadKey(of address: IPAddressBits) -> UInt64 {
        configuration.policy.isTrusted(address) ? address.overloadKey : 0
    }

    /// Refuses a call that was let in and has waited for too long.
    ///
    /// - Returns: `false` if that takes a closer look.
    func refuseLate(_ item: Intake.Item) -> Bool {
        item.bytes.withUnsafeBytes { message in
            guard capture == nil,
                case .newCall(let invite?) = Arrival(message, refusalTag: SIPResponse.statelessTagPrefix)
            else { return false }
            let wait = Int(random.next() % 10) + 1
            refuse(invite, of: message, from: item.peer, on: item.source.flow, retryAfter: wait)
            return true
        }
    }

    private func refuse(
        _ invite: UnparsedInvite,
        of message: UnsafeRawBufferPointer,
        from peer: DatagramPeer,
        on flow: FlowID,
        retryAfter: Int
    ) {
        counters.messagesReceived += 1
        counters.messagesSent += 1
        counters.shedOverload += 1
        refusedDatagrams += 1
        refusal.removeAll(keepingCapacity: true)
        invite.writeRefusal(retryAfter: retryAfter, of: message, from: text(of: peer), peer.port, into: &refusal)
        var destination = peer
        destination.port = invite.replyPort(from: peer.port)
        if let full = refusals.append(refusal, to: destination, on: flow) { send(full) }
    }

    /// Sends the refusals that wait.
    func sendRefusals() {
        let waiting = refusals.removeAll()
        guard !waiting.isEmpty else { return }
        var meter = processor
        meter.measure {
            for full in waiting { send(full) }
            return 1
        }
        processor = meter
    }

    private func send(_ refusals: RefusalBatch.Full) {
        guard let socket = transports.datagrams[refusals.flow] else { return }
        let sent = refusals.send(by: socket.descriptor, areSegments: &areRefusalsSegmented)
        counters.sendFailures += UInt64(refusals.octets.count / refusals.length - sent)
    }
}
