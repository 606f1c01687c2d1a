import SIP

extension ServingCSCF {
    /// Names a request that came in, to whoever drives the model; its number is the driver's choice.
    public struct Transaction: RawRepresentable, Sendable, Hashable {
        public let rawValue: Int
        public init(rawValue: Int) { self.rawValue = rawValue }
    }

    /// Names a request that the S-CSCF sent; its number is the model's choice.
    public struct Branch: RawRepresentable, Sendable, Hashable {
        public let rawValue: Int
        public init(rawValue: Int) { self.rawValue = rawValue }
    }

    /// Where a request goes.
    public enum Hop: Sendable, Hashable {
        /// An application server, because of this criterion.
        case applicationServer(InitialFilterCriteria)
        /// The contact that the served user registered.
        case userAgent(String)
        /// Out of this S-CSCF, by the topmost Route or the Request-URI.
        case network
    }

    /// Why something happened, for those who watch.
    public enum Decision: Sendable, Hashable {
        /// A chain begins for a served user.
        case chainBegan(servedUser: String, SessionCase)
        /// The request came back on its original dialog identifier; the chain goes on.
        case handedBack(InitialFilterCriteria)
        /// The Request-URI is another one: the terminating chain ends and originating services after diversion follow.
        case retargeted(from: String, to: String)
        /// No criterion is left.
        case chainEnded(SessionCase)
        case defaultHandling(InitialFilterCriteria, Failure)
        /// A REGISTER failed whose criterion says SESSION_TERMINATED: the network ends the registration.
        case registrationEnded(identity: String)
    }

    /// How an application server failed.
    public enum Failure: Sendable, Hashable {
        case response(StatusCode)
        /// No response in time.
        case silence
        /// It could not be reached.
        case unreachable
    }

    /// What whoever drives the model does.
    public enum Output: Sendable, Hashable {
        /// Send a request as a new client transaction.
        case send(SIPRequest, to: Hop, Branch)
        /// Answer a request that came in.
        case respond(SIPResponse, to: Transaction)
        /// CANCEL a request if it is an INVITE, and forget it.
        case cancel(Branch)
        case decided(Decision)
    }
}
