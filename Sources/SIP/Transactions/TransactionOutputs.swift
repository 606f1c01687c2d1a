/// What a client transaction wants done (RFC 3261 §17.1).
public enum ClientTransactionOutput: Sendable, Hashable {
    /// The request once more.
    case retransmit
    /// The ACK of a non-2xx: build it from this response, or send it again. Of INVITE only.
    case acknowledge
    /// The response goes to the transaction user.
    case deliver
    case terminated(TransactionFailure?)
}

/// What a server transaction wants done (RFC 3261 §17.2).
public enum ServerTransactionOutput: Sendable, Hashable {
    case transmit([UInt8])
    /// The state is gone; the failure is that of an INVITE whose ACK never came.
    case terminated(TransactionFailure?)
}
