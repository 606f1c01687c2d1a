import SIP

extension PChargingVector {
    /// The identifier of a network as it stands between an S-CSCF and an application server: type 3 (TS 24.229 §4.5.4).
    public static func type3(_ network: String) -> String { "Type 3\(network)" }

    /// What an application server's response carries: the vector of the request, with our network as the one that
    /// answers (TS 24.229 §5.7.1.3: type 3 `term-ioi`).
    public func answered(by network: String) -> PChargingVector {
        var vector = self
        vector.terminatingNetwork = Self.type3(network)
        return vector
    }
}

extension SIPHeaders {
    /// Names our network in the P-Charging-Vector of a request to an S-CSCF: type 3 `orig-ioi`, the `icid-value` and
    /// what else is there as it came (TS 24.229 §5.7.1.3). Does nothing without a vector.
    public mutating func setOriginatingNetwork(_ network: String) {
        guard var vector = try? pChargingVector() else { return }
        vector.originatingNetwork = PChargingVector.type3(network)
        vector.terminatingNetwork = nil
        set(.pChargingVector, vector)
    }
}
