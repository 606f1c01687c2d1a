#ifndef SIDETONE_CBCG729_H
#define SIDETONE_CBCG729_H

#include <bcg729/decoder.h>
#include <bcg729/encoder.h>

#endif
