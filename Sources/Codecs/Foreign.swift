extension [Int16] {
    /// Appends the samples that a C function writes: it gets room for `capacity` of them and says how many it made.
    mutating func append(upTo capacity: Int, from write: (UnsafeMutablePointer<Int16>) -> Int) {
        append(addingCapacity: capacity) { output in
            output.withUnsafeMutableBufferPointer { buffer, count in
                guard let start = buffer.baseAddress else { return }
                count += Swift.min(Swift.max(write(start + count), 0), capacity)
            }
        }
    }
}

extension [UInt8] {
    /// Appends the octets that a C function writes: it gets room for `capacity` of them and says how many it made.
    mutating func append(upTo capacity: Int, from write: (UnsafeMutablePointer<UInt8>) -> Int) {
        append(addingCapacity: capacity) { output in
            output.withUnsafeMutableBufferPointer { buffer, count in
                guard let start = buffer.baseAddress else { return }
                count += Swift.min(Swift.max(write(start + count), 0), capacity)
            }
        }
    }
}
