/// The constants of G.722 that both directions use, in the units of the recommendation's fixed-point description.
///
/// Source: ITU-T G.722 (09/2012) §6, tables 11 to 21.
enum G722Tables {
    /// One half of the quadrature mirror filter; the other half is its mirror image.
    static let mirrorFilter: [Int32] = [3, -11, 12, 32, -210, 951, 3_876, -805, 362, -156, 53, -11]

    /// Decision levels of the 60-level quantiser of the lower band.
    static let lowDecisions: [Int32] = [
        0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1_023, 1_121, 1_219,
        1_339, 1_458, 1_612, 1_765, 1_980, 2_195, 2_557, 2_919,
    ]

    /// Output of the 60-level quantiser by its code; the first four codes are never sent.
    static let lowOutput6: [Int32] = {
        let magnitudes: [Int32] = [
            24_808, 21_904, 19_008, 16_704, 14_984, 13_512, 12_280, 11_192, 10_232, 9_360, 8_576, 7_856, 7_192, 6_576,
            6_000, 5_456, 4_944, 4_464, 4_008, 3_576, 3_168, 2_776, 2_400, 2_032, 1_688, 1_360, 1_040, 728,
        ]
        return [-136, -136, -136, -136] + magnitudes.map { -$0 } + magnitudes + [432, 136, -432, -136]
    }()

    /// Output of the 15-level quantiser by the upper four bits of the code: what prediction works with, so that the
    /// lower two bits may be taken for data.
    static let lowOutput4: [Int32] = {
        let magnitudes: [Int32] = [20_456, 12_896, 8_968, 6_288, 4_240, 2_584, 1_200]
        return [0] + magnitudes.map { -$0 } + magnitudes + [0]
    }()

    /// Output of the quantiser of the upper band by its code.
    static let highOutput: [Int32] = [-7_408, -1_616, 7_408, 1_616]

    /// Multipliers of the logarithmic scale factor of the lower band, by the upper four bits of the code.
    static let lowMultipliers: [Int32] = {
        let byLevel: [Int32] = [-60, -30, 58, 172, 334, 538, 1_198, 3_042]
        return [0, 7, 6, 5, 4, 3, 2, 1, 7, 6, 5, 4, 3, 2, 1, 0].map { byLevel[$0] }
    }()

    /// Multipliers of the logarithmic scale factor of the upper band, by its code.
    static let highMultipliers: [Int32] = [798, -214, 798, -214]

    /// 2^(n/32) for the conversion from the logarithmic to the linear scale factor, times 2 048.
    static let antilogarithms: [Int32] = [
        2_048, 2_093, 2_139, 2_186, 2_233, 2_282, 2_332, 2_383, 2_435, 2_489, 2_543, 2_599, 2_656, 2_714, 2_774, 2_834,
        2_896, 2_960, 3_025, 3_091, 3_158, 3_228, 3_298, 3_371, 3_444, 3_520, 3_597, 3_676, 3_756, 3_838, 3_922, 4_008,
    ]
}
