#ifndef SIDETONE_COPENCOREAMRWB_H
#define SIDETONE_COPENCOREAMRWB_H

#include <opencore-amrwb/dec_if.h>

#endif
