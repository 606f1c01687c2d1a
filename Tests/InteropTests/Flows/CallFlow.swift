import ApplicationServer
import LocalEngine
import ReferenceAS
import Testing

/// A call from its INVITE to its end: what the parties do, what has to happen, and at which moments somebody may leave.
struct CallFlow: Sendable, CustomTestStringConvertible {
    /// The server, and what it is set up to do.
    enum Stage: Sendable {
        /// A service with two engines, and what each does wrong; the target is its fallback.
        case engines(LocalEngineBehaviour, LocalEngineBehaviour, @Sendable (inout ASConfiguration, Addresses) -> Void)
        /// A service whose engine calls a function of the bank, which takes so long.
        case bank(Duration)
        /// A service that sends the call on to the target.
        case transfer(TransferMethod, @Sendable (inout TransferPlan) -> Void)
    }

    /// Who leaves, and when.
    struct Leaving: Sendable, Hashable, CustomStringConvertible {
        let party: FlowMoment.Party
        let moment: FlowMoment
        /// The caller stays with us, and hangs up after that.
        var callerIsKept = false

        var description: String { "the \(party.rawValue) leaves at “\(moment)”" }

        static func caller(at moment: FlowMoment) -> Leaving { Leaving(party: .caller, moment: moment) }
        static func target(at moment: FlowMoment, callerIsKept: Bool = false) -> Leaving {
            Leaving(party: .target, moment: moment, callerIsKept: callerIsKept)
        }
    }

    /// What the caller does beside answering.
    enum Cue: Sendable {
        /// Says so until this has happened: on a busy machine, speech is heard in pieces and not understood.
        case say(String, at: FlowMoment, until: FlowMoment)
        case press(String, at: FlowMoment)
        case hold(at: FlowMoment)

        var moment: FlowMoment {
            switch self {
            case .say(_, let moment, _), .press(_, let moment), .hold(let moment): moment
            }
        }
    }

    let name: String
    let stage: Stage
    var caller = FlowPhone.Conduct()
    /// `nil`: nobody is there.
    var target: FlowPhone.Conduct?
    var cues: [Cue] = []
    /// What has to have happened, in any order, when the caller hangs up.
    let milestones: [FlowMoment]
    /// The caller hangs up at this moment, if nobody has left before.
    let end: FlowMoment
    /// What becomes of the call then.
    var outcome = CallRecord.Outcome.answered
    /// Earlier moments at which somebody leaves.
    var leavings: [Leaving] = []

    var testDescription: String { name }
    var isRouted: Bool { outcome == .routed }
}
