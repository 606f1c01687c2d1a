/// The sets of criteria behind `SharedIFCSetID`, which an S-CSCF is configured with (TS 29.228 Annex B.2.1).
///
/// The document: `SharedIFCsSets` holds any number of `SharedIFCsSet`, each with a `SetID` (or `SharedIFCSetID`) and
/// `InitialFilterCriteria` as in a service profile.
public struct SharedIFCSets: Sendable {
    public private(set) var sets: [Int: [InitialFilterCriteria]] = [:]
    /// What reading found, in document order.
    public private(set) var diagnostics: [ProfileDiagnostic] = []

    /// Reads a document of at most 256 KiB. A broken criterion is left out with an error.
    public init(reading bytes: [UInt8]) {
        var reader = ProfileReader()
        sets = reader.sharedSets(bytes)
        diagnostics = reader.diagnostics
    }

    public init(reading text: String) {
        self.init(reading: Array(text.utf8))
    }
}

extension ProfileReader {
    fileprivate mutating func sharedSets(_ bytes: [UInt8]) -> [Int: [InitialFilterCriteria]] {
        let names = ["SharedIFCsSet", "SharedIFCSet"]
        var sets: [Int: [InitialFilterCriteria]] = [:]
        guard let root = rootElement(of: bytes) else { return [:] }
        guard root.name == "SharedIFCsSets" || root.name == "SharedIFCSets" else {
            report(.rootUnknown, "The root element \(root.name) is not SharedIFCsSets.", root)
            return [:]
        }
        for element in root.children where names.contains(element.name) {
            guard let id = element.first("SetID") ?? element.first("SharedIFCSetID") else {
                report(.elementMissing, "\(element.name) has no SetID.", element)
                continue
            }
            guard let number = integer(of: id, in: 0...Int(Int32.max)) else { continue }
            if sets[number] != nil { report(.elementRepeated, "The set \(number) stands here a second time.", id) }
            var profile = ServiceProfile()
            readCriteria(of: element, into: &profile)
            sets[number, default: []] += profile.initialFilterCriteria
        }
        return sets
    }
}
