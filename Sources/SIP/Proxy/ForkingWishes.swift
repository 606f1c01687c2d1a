/// What a caller asks of the proxies on its way: Request-Disposition (RFC 3841 §9.1). What cannot be read asks for nothing.
struct ForkingWishes: Sendable, Hashable {
    /// One target only, the best one.
    private(set) var forks = true
    /// Targets together, where the proxy would have them so.
    private(set) var isParallel = true
    /// The contacts of a redirection are tried by the proxy.
    private(set) var recurses = true
    /// The other targets get a CANCEL when one has answered.
    private(set) var cancels = true

    init(of headers: SIPHeaders) {
        for wish in (try? headers.requestDispositions()) ?? [] {
            if wish.isToken("no-fork") { forks = false }
            if wish.isToken("sequential") { isParallel = false }
            if wish.isToken("no-recurse") { recurses = false }
            if wish.isToken("no-cancel") { cancels = false }
        }
    }

    /// Groups of targets as the caller wants them tried.
    func arranged(_ groups: [[ProxyTarget]]) -> [[ProxyTarget]] {
        guard forks else {
            let best = groups.first?.enumerated().max { left, right in
                (left.element.preference, -left.offset) < (right.element.preference, -right.offset)
            }
            return best.map { [[$0.element]] } ?? []
        }
        return isParallel ? groups : groups.joined().map { [$0] }
    }
}
