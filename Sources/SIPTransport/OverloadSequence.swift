import Glibc

enum OverloadSequence {
    /// Where `oc-seq` begins when nobody says where: tenths of seconds since 1970, eleven digits.
    static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(clamping: time.tv_sec) &* 10 &+ UInt64(clamping: time.tv_nsec / 100_000_000)
    }
}
