#ifndef SIDETONE_CVOAMRWBENC_H
#define SIDETONE_CVOAMRWBENC_H

#include <vo-amrwbenc/enc_if.h>

#endif
