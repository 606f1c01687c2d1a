import SIP

/// The value of P-Charging-Vector: what correlates the charging records of a session (RFC 7315 §4.6 and §5.6).
public struct ChargingVector: Sendable, Hashable, CustomStringConvertible {
    /// Every parameter in order, as it came.
    public private(set) var parameters: ParameterList

    /// `icid-value`, without quotes.
    public var chargingID: String { parameters["icid-value"] ?? "" }

    /// - Returns: `nil` when the text does not parse or has no `icid-value`.
    public init?(parsing text: String) {
        // The value is a list of parameters without a value before them; a URI lends itself to read it.
        guard let address = try? NameAddress(parsing: "<sip:charging.invalid>;\(text)", field: .pChargingVector),
            address.parameters["icid-value"].map({ !$0.isEmpty }) ?? false
        else { return nil }
        parameters = address.parameters
    }

    public init(chargingID: String) {
        parameters = ParameterList()
        parameters.set("icid-value", "\"\(chargingID.filter { $0 != "\"" && $0 != "\\" })\"")
    }

    /// `orig-ioi`: the network that sends the request.
    public var originatingNetwork: String? {
        get { parameters["orig-ioi"] }
        set { setNetwork("orig-ioi", newValue) }
    }

    /// `term-ioi`: the network that answers it.
    public var terminatingNetwork: String? {
        get { parameters["term-ioi"] }
        set { setNetwork("term-ioi", newValue) }
    }

    private mutating func setNetwork(_ name: String, _ value: String?) {
        if let value {
            parameters.set(name, "\"\(value.filter { $0 != "\"" && $0 != "\\" })\"")
        } else {
            parameters[name] = nil
        }
    }

    /// The identifier of a network as it stands between an S-CSCF and an application server: type 3 (TS 24.229 §4.5.4).
    public static func type3(_ network: String) -> String { "Type 3\(network)" }

    public var description: String {
        parameters.parameters
            .map { parameter in parameter.value.map { "\(parameter.name)=\($0)" } ?? parameter.name }
            .joined(separator: ";")
    }

    /// What an application server's response carries: the vector of the request, with our network as the one that
    /// answers (TS 24.229 §5.7.1.3: type 3 `term-ioi`).
    public func answered(by network: String) -> ChargingVector {
        var vector = self
        vector.terminatingNetwork = Self.type3(network)
        return vector
    }
}

extension SIPHeaders {
    /// Names our network in the P-Charging-Vector of a request to an S-CSCF: type 3 `orig-ioi`, the `icid-value` and
    /// what else is there as it came (TS 24.229 §5.7.1.3). Does nothing without a vector.
    public mutating func setOriginatingNetwork(_ network: String) {
        guard var vector = first(.pChargingVector).flatMap({ ChargingVector(parsing: $0) }) else { return }
        vector.originatingNetwork = ChargingVector.type3(network)
        vector.terminatingNetwork = nil
        set(.pChargingVector, vector.description)
    }
}
