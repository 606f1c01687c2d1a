// The flite speech synthesiser (Debian: flite1-dev). Its voices have no header of their own.
#ifndef SIDETONE_CFLITE_SHIM_H
#define SIDETONE_CFLITE_SHIM_H

#include <flite/flite.h>

cst_voice *register_cmu_us_slt(const char *voxdir);
cst_voice *register_cmu_us_rms(const char *voxdir);
cst_voice *register_cmu_us_awb(const char *voxdir);

#endif
