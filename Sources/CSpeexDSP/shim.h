#ifndef SIDETONE_CSPEEXDSP_H
#define SIDETONE_CSPEEXDSP_H

#include <speex/speex_resampler.h>

#endif
