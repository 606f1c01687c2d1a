/// Where charging records go: `ccf` and `ecf` addresses (RFC 7315 §4.5, §5.5).
public struct PChargingFunctionAddresses: HeaderValue {
    public var parameters: ParameterList

    public init(parameters: ParameterList) {
        self.parameters = parameters
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        try self.init(parsing: bytes, keeping: KeptOctets(copying: bytes), field: field)
    }

    public init(parsing bytes: Span<UInt8>, keeping octets: KeptOctets, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        parameters = try ParameterList(scanningWithoutValue: &scanner, bytes, keeping: octets)
        try scanner.end(bytes)
    }

    /// Charging collection functions, the one to prefer first.
    public var collectionFunctions: [String] { values("ccf") }
    /// Event charging functions, the one to prefer first.
    public var eventFunctions: [String] { values("ecf") }

    private func values(_ name: String) -> [String] {
        parameters.parameters.filter { $0.name.equalsIgnoringCase(name) }.compactMap { parameter in
            guard let value = parameter.value else { return nil }
            return value.utf8.first == .doubleQuote ? String(value.dropFirst().dropLast()) : value
        }
    }

    public var description: String { String(parameters.description.dropFirst()) }
}

extension SIPHeaders {
    public func pChargingFunctionAddresses() throws(SIPParseError) -> PChargingFunctionAddresses? {
        try value(of: .pChargingFunctionAddresses)
    }
}
