import Testing

@testable import SIP

@Suite struct PlaceholderTests {
    @Test func statusCodeIsKnown() { #expect(true) }
}
