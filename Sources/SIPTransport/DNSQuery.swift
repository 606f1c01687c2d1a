import CCares
import Foundation
import NIOCore
import SIP

/// One question on its way. Made on the event loop that asks, then used by the thread of ``DNSClient`` only.
final class DNSQuery: Sendable {
    private let question: DNSQuestion
    private let promise: EventLoopPromise<DNSReply>

    /// How long it is believed that a host has no address: the library does not give the SOA record.
    private static let noAddressTime = Duration.seconds(5)

    init(_ question: DNSQuestion, _ promise: EventLoopPromise<DNSReply>) {
        self.question = question
        self.promise = promise
    }

    func finish(_ reply: DNSReply) { promise.succeed(reply) }

    /// The library calls back exactly once, also when the channel is destroyed.
    func send(on channel: ares_channel) {
        let argument = Unmanaged.passRetained(self).toOpaque()
        switch question.type {
        case .a, .aaaa:
            // This one knows /etc/hosts.
            var hints = ares_addrinfo_hints()
            hints.ai_family = question.type == .a ? AF_INET : AF_INET6
            hints.ai_flags = Int32(ARES_AI_NOSORT)
            ares_getaddrinfo(channel, question.name, nil, &hints, receivedAddresses, argument)
        case .srv, .naptr:
            // Class IN.
            ares_query(channel, question.name, 1, Int32(question.type.rawValue), receivedAnswer, argument)
        }
    }

    /// Of ares_query. NXDOMAIN and empty answers come with their octets.
    fileprivate func received(_ bytes: UnsafeBufferPointer<UInt8>, status: Int32) {
        let isAnswer = status == ARES_SUCCESS || status == ARES_ENODATA || status == ARES_ENOTFOUND
        guard isAnswer, let answer = try? DNSAnswer(parsing: Array(bytes).span, type: question.type) else {
            finish(.failed)
            return
        }
        finish(DNSReply(records: answer.records, lifetime: .seconds(Int64(answer.lifetime))))
    }

    fileprivate func received(_ addresses: UnsafeMutablePointer<ares_addrinfo>?, status: Int32) {
        defer { ares_freeaddrinfo(addresses) }
        switch status {
        case ARES_SUCCESS: break
        case ARES_ENODATA, ARES_ENOTFOUND:
            finish(DNSReply(records: [], lifetime: Self.noAddressTime))
            return
        default:
            finish(.failed)
            return
        }
        var records: [DNSRecord] = []
        var lifetime = Int64.max
        var node = addresses?.pointee.nodes
        while let current = node {
            if let address = current.pointee.ai_addr, let text = Self.text(address) {
                records.append(.address(text))
                lifetime = min(lifetime, Int64(current.pointee.ai_ttl))
            }
            node = current.pointee.ai_next
        }
        // A line of /etc/hosts has no TTL.
        finish(DNSReply(records: records, lifetime: .seconds(max(0, min(lifetime, 3_600)))))
    }

    private static func text(_ address: UnsafeMutablePointer<sockaddr>) -> String? {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = Int32(address.pointee.sa_family)
        let result: UnsafePointer<CChar>?
        switch family {
        case AF_INET:
            result = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                inet_ntop(family, &$0.pointee.sin_addr, &text, socklen_t(text.count))
            }
        case AF_INET6:
            result = address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                inet_ntop(family, &$0.pointee.sin6_addr, &text, socklen_t(text.count))
            }
        default:
            return nil
        }
        guard result != nil else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

private func receivedAnswer(
    _ argument: UnsafeMutableRawPointer?,
    _ status: Int32,
    _: Int32,
    _ bytes: UnsafeMutablePointer<UInt8>?,
    _ count: Int32
) {
    guard let argument else { return }
    let query = Unmanaged<DNSQuery>.fromOpaque(argument).takeRetainedValue()
    query.received(UnsafeBufferPointer(start: bytes, count: bytes == nil ? 0 : Int(count)), status: status)
}

private func receivedAddresses(
    _ argument: UnsafeMutableRawPointer?,
    _ status: Int32,
    _: Int32,
    _ addresses: UnsafeMutablePointer<ares_addrinfo>?
) {
    guard let argument else { return }
    Unmanaged<DNSQuery>.fromOpaque(argument).takeRetainedValue().received(addresses, status: status)
}
