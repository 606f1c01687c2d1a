import SIP
import Testing

@Suite("The first field of a name is found after any change of the header section")
struct HeaderPlaceTests {
    /// Two of them share the place that the search starts from.
    static let names: [HeaderName] = [.via, .warning, .from, .to, .privacy, .route, "X-One", "X-Two"]

    @Test("Each change leaves what a list of fields would hold", arguments: 1...40 as ClosedRange<UInt64>)
    func changes(seed: UInt64) {
        var random = seed &* 0x9E37_79B9_7F4A_7C15
        func next(below limit: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(random >> 33) % limit
        }
        var headers = SIPHeaders()
        var model: [(name: HeaderName, value: String)] = []
        for step in 0..<60 {
            let name = Self.names[next(below: Self.names.count)]
            let value = "\(step)"
            let first = model.firstIndex { $0.name == name }
            switch next(below: 7) {
            case 0, 1:
                headers.append(name, value)
                model.append((name, value))
            case 2:
                headers.prepend(name, value)
                model.insert((name, value), at: 0)
            case 3:
                headers.insertBeforeFirst(name, value)
                model.insert((name, value), at: first ?? model.count)
            case 4:
                headers.set(name, value)
                model.removeAll { $0.name == name }
                model.insert((name, value), at: first ?? model.count)
            case 5:
                headers.replaceFirst(name, with: nil)
                if let first { model.remove(at: first) }
            default:
                headers.removeAll(name)
                model.removeAll { $0.name == name }
            }
            #expect(headers.fields.map(\.value) == model.map(\.value))
            for name in Self.names {
                #expect(headers.first(name) == model.first { $0.name == name }?.value)
                #expect(headers.splitValues(name) == model.filter { $0.name == name }.map(\.value))
            }
        }
    }
}
