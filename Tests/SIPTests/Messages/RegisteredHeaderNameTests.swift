import Testing

@testable import SIP

@Suite("Registered names of header fields")
struct RegisteredHeaderNameTests {
    @Test("A name that a peer writes, in any case, is the constant", arguments: RegisteredHeaderName.allCases)
    func lookUp(_ name: RegisteredHeaderName) {
        let spelling = name.spelling.description
        #expect(HeaderName(spelling).index == name.rawValue)
        #expect(HeaderName(spelling.uppercased()) == HeaderName(name))
        #expect(HeaderName(name).rawValue == spelling)
    }
}
