#if LocalEngine
    /// A voice of the flite synthesiser.
    public enum LocalVoice: String, Sendable, Hashable, CaseIterable {
        /// A woman, US English: the voice of the local engine.
        case slt
        /// A man, US English: callers in demonstrations.
        case rms
        /// A man, Scottish English.
        case awb
    }
#endif
