import SIP
import Testing

@Suite("Parameters are found by name")
struct ParameterLookUpTests {
    @Test(
        "The first tag of an address counts, without its quotes; a flag has no value",
        arguments: [
            ("<sip:a@b>", nil),
            ("<sip:a@b;tag=uri>", nil),
            ("<sip:a@b>;tag=1", "1"),
            ("<sip:a@b>;TAG=1;tag=2", "1"),
            ("<sip:a@b>;tag;tag=2", nil),
            ("<sip:a@b>;taga=1;ta=2;tag=3", "3"),
            ("<sip:a@b>;x=\"a;tag=1\";y=<b;tag=2>;tag=3", "3"),
            ("<sip:a@b>;x=\"\\\";tag=1\";tag=3", "3"),
            ("<sip:a@b> ; x = y ; tag = \"4\" ", "4"),
            ("sip:a@b;tag=5", "5"),
        ])
    func tag(_ text: String, _ tag: String?) throws {
        let address = try NameAddress(parsing: text, field: .from)
        #expect(address.tag == tag)
        #expect(address.parameters["tag"] == tag)
        #expect(address.parameters["TAG"] == tag)
    }

    @Test("The tag and the branch are those of edited parameters")
    func edited() throws {
        var address = try NameAddress(parsing: "<sip:a@b>;tag=1", field: .to)
        address.tag = "2"
        #expect(address.tag == "2")
        address.parameters = ParameterList()
        #expect(address.tag == nil)
        var via = try Via(parsing: "SIP/2.0/UDP h;Branch=\"z9hG4bK1\";branch=z9hG4bK2")
        #expect(via.branch == "z9hG4bK1")
        #expect(via.branch == via.parameters["branch"])
        via.parameters["branch"] = "z9hG4bK3"
        #expect(via.branch == "z9hG4bK3")
    }

    @Test("A Via has a parameter whatever its case and value, parsed or edited, and none that is part of another")
    func viaParameters() throws {
        var via = try Via(parsing: "SIP/2.0/UDP h;RPORT=5;branch=z9hG4bKrport;oc-algo=\"rport;ttl\"")
        #expect(via.hasParameter("rport") && via.hasParameter("branch") && via.hasParameter("oc-algo"))
        #expect(!via.hasParameter("port") && !via.hasParameter("oc") && !via.hasParameter("ttl"))
        #expect(!via.hasParameter("z9hG4bKrport"))
        via.parameters["TTL"] = "1"
        via.parameters["rport"] = nil
        #expect(via.hasParameter("ttl") && !via.hasParameter("rport") && via.hasParameter("branch"))
        #expect(try !Via(parsing: "SIP/2.0/UDP h").hasParameter("rport"))
    }

    @Test("Values of a list are split wherever they stand: in one field, in several, and with one of them empty")
    func splitValues() throws {
        for (fields, values) in [
            (["<a>"], ["<a>"]), (["<a>, <b>"], ["<a>", "<b>"]), (["<a>", "<b>"], ["<a>", "<b>"]),
            (["<a>", ""], ["<a>"]), (["", "<a>"], ["<a>"]), (["<a,b>"], ["<a,b>"]), (["<a>,"], ["<a>"]),
            (["<a>", "<b>, <c>"], ["<a>", "<b>", "<c>"]), ([""], []), ([], []),
        ] {
            var headers = SIPHeaders()
            for field in fields { headers.append(.route, field) }
            headers.append(.recordRoute, "<x>")
            #expect(headers.splitValues(.route) == values)
            let lines = ["ACK sip:a SIP/2.0"] + fields.map { "Route: \($0)" } + ["Record-Route: <x>", "", ""]
            let octets = Array(lines.joined(separator: "\r\n").utf8)
            #expect(try SIPMessage(parsing: octets).headers.splitValues(.route) == values)
        }
    }

    @Test("A parameter of a URI ends with its semicolon, whatever stands before it")
    func parametersOfURI() throws {
        let parameters = try SIPURI(parsing: "sip:a@b;x=\"1;lr=\"2;lrx;lr=on").parameters
        #expect(parameters["lr"] == "\"2")
        #expect(parameters.contains("lrx"))
        #expect(!parameters.contains("lrxy"))
    }
}
