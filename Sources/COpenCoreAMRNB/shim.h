#ifndef SIDETONE_COPENCOREAMRNB_H
#define SIDETONE_COPENCOREAMRNB_H

#include <opencore-amrnb/interf_dec.h>
#include <opencore-amrnb/interf_enc.h>

#endif
