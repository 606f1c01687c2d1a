/// Sixteen octets at once, for Swift: what its SIMD types have no operation for.
#ifndef SIDETONE_COCTETS_H
#define SIDETONE_COCTETS_H

#include <stdint.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>
#endif

/// `SIMD16<UInt8>`.
typedef uint8_t coctets_block __attribute__((ext_vector_type(16)));

/// The highest bit of each lane: that of the first lane lowest, and none above the sixteenth.
static inline __attribute__((always_inline)) uint32_t coctets_highest_bits(coctets_block lanes) {
#if defined(__SSE2__)
    return (uint32_t)_mm_movemask_epi8((__m128i)lanes);
#elif defined(__ARM_NEON) && defined(__aarch64__)
    const uint8x16_t weights = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    const uint8x16_t set = vreinterpretq_u8_s8(vshrq_n_s8(vreinterpretq_s8_u8((uint8x16_t)lanes), 7));
    const uint8x16_t bits = vandq_u8(set, weights);
    return (uint32_t)vaddv_u8(vget_low_u8(bits)) | (uint32_t)vaddv_u8(vget_high_u8(bits)) << 8;
#else
    uint32_t bits = 0;
    for (int lane = 0; lane < 16; lane++) bits |= (uint32_t)(lanes[lane] >> 7) << lane;
    return bits;
#endif
}

#endif
