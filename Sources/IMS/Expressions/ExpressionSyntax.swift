/// What a pattern means, before it is compiled.
indirect enum ExpressionSyntax: Sendable {
    case empty
    case bytes(ByteSet)
    case startOfSubject
    case endOfSubject
    case sequence([ExpressionSyntax])
    case alternatives([ExpressionSyntax])
    /// `maximum` is `nil` when there is none.
    case repeated(ExpressionSyntax, minimum: Int, maximum: Int?)
}
