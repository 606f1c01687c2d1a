import ArgumentParser
import IMS

/// The session cases as the command line names them.
enum IFCSessionCase: String, ExpressibleByArgument, CaseIterable {
    case originating
    case terminatingRegistered = "terminating-registered"
    case terminatingUnregistered = "terminating-unregistered"
    case originatingUnregistered = "originating-unregistered"
    case originatingCDIV = "originating-cdiv"

    var value: SessionCase {
        switch self {
        case .originating: .originating
        case .terminatingRegistered: .terminatingRegistered
        case .terminatingUnregistered: .terminatingUnregistered
        case .originatingUnregistered: .originatingUnregistered
        case .originatingCDIV: .originatingCDIV
        }
    }

    init(_ value: SessionCase) {
        self =
            switch value {
            case .originating: .originating
            case .terminatingRegistered: .terminatingRegistered
            case .terminatingUnregistered: .terminatingUnregistered
            case .originatingUnregistered: .originatingUnregistered
            case .originatingCDIV: .originatingCDIV
            }
    }
}

enum IFCRegistrationType: String, ExpressibleByArgument, CaseIterable {
    case initial
    case reRegistration = "re-registration"
    case deRegistration = "de-registration"

    var value: RegistrationType {
        switch self {
        case .initial: .initial
        case .reRegistration: .reRegistration
        case .deRegistration: .deRegistration
        }
    }
}

enum IFCDialect: String, ExpressibleByArgument, CaseIterable {
    case standard, kamailio, clearwater

    var value: Dialect {
        switch self {
        case .standard: .standard
        case .kamailio: .kamailio
        case .clearwater: .clearwater
        }
    }
}

enum IFCFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}

/// The options that `evaluate` and `explain` share.
struct IFCEvaluationOptions: ParsableArguments {
    @Option(help: "The identity whose service profile is used (default: the served user of the message).")
    var identity: String?

    @Option(name: .customLong("registration-type"), help: "Which REGISTER the message is.")
    var registrationType: IFCRegistrationType?

    @Option(help: "Whose reading of the profile to follow.")
    var dialect: IFCDialect = .standard

    @Option(name: .customLong("shared-sets"), help: "The shared iFC sets that the S-CSCF is configured with.")
    var sharedSets: String?
}
