// The voice activity detector exported by libwebrtc_audio_processing 0.3 (Debian: libwebrtc-audio-processing-dev),
// which ships no C header for it.
#ifndef SIDETONE_CWEBRTCVAD_SHIM_H
#define SIDETONE_CWEBRTCVAD_SHIM_H

#include <stddef.h>
#include <stdint.h>

typedef struct WebRtcVadInst VadInst;

/// Makes a detector; null when out of memory.
VadInst *WebRtcVad_Create(void);
void WebRtcVad_Free(VadInst *handle);
/// 0 on success, -1 otherwise. Sets mode 0.
int WebRtcVad_Init(VadInst *handle);
/// 0 (hears most) to 3 (hears least).
int WebRtcVad_set_mode(VadInst *handle, int mode);
/// 1 voice, 0 none, -1 error. Frames of 10, 20 or 30 ms at 8, 16, 32 or 48 kHz.
int WebRtcVad_Process(VadInst *handle, int fs, const int16_t *audio_frame, size_t frame_length);

#endif
