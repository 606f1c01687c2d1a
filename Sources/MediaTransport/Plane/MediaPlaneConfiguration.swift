import Media
import NIOCore

/// How a media plane is set up.
public struct MediaPlaneConfiguration: Sendable {
    /// A literal IPv4 or IPv6 address of this host; RTP sockets are bound to it.
    public var address: String
    /// One of the other IP version, for calls whose media uses that.
    public var otherAddress: String?
    /// What peers are told instead of `address`, if a one-to-one NAT is in front.
    public var advertisedAddress: String?
    /// UDP ports to lease pairs from; the first even one starts the first pair.
    public var ports: ClosedRange<UInt16>
    /// How long a pair rests after it was given back, so that late packets of the call before do not reach the next.
    public var quarantine: Duration
    /// How often sockets are read and packets sent: 5, 10 or 20 ms. Frames are 20 ms in any case, so a shorter tick
    /// lowers the delay of what is received by up to 10 ms and costs 10 to 40 % more processor time.
    public var tick: Duration
    /// DSCP of what is sent (RFC 4594 §4.1: EF = 46 for telephony).
    public var dscp: Int
    /// Octets of a socket's receive buffer; 0 for the system's default.
    public var receiveBuffer: Int
    /// Octets of the largest file that is played.
    public var maximumFileSize: Int
    public var leg: LegConfiguration

    public init(
        address: String = "127.0.0.1",
        otherAddress: String? = nil,
        advertisedAddress: String? = nil,
        ports: ClosedRange<UInt16> = 20_000...29_999,
        quarantine: Duration = .seconds(5),
        tick: Duration = .milliseconds(20),
        dscp: Int = 46,
        receiveBuffer: Int = 0,
        maximumFileSize: Int = 64 << 20,
        leg: LegConfiguration = LegConfiguration()
    ) {
        self.address = address
        self.otherAddress = otherAddress
        self.advertisedAddress = advertisedAddress
        self.ports = ports
        self.quarantine = quarantine
        self.tick = tick
        self.dscp = dscp
        self.receiveBuffer = receiveBuffer
        self.maximumFileSize = maximumFileSize
        self.leg = leg
    }
}
