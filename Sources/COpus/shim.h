#ifndef SIDETONE_COPUS_H
#define SIDETONE_COPUS_H

#include <opus/opus.h>

// Swift cannot call the variadic control functions.

static inline int sidetone_opus_encoder_set(OpusEncoder *encoder, int request, opus_int32 value) {
    return opus_encoder_ctl(encoder, request, value);
}

static inline int sidetone_opus_encoder_reset(OpusEncoder *encoder) {
    return opus_encoder_ctl(encoder, OPUS_RESET_STATE);
}

static inline int sidetone_opus_decoder_reset(OpusDecoder *decoder) {
    return opus_decoder_ctl(decoder, OPUS_RESET_STATE);
}

#endif
