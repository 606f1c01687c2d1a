#ifndef SIDETONE_CCARES_H
#define SIDETONE_CCARES_H

#include <ares.h>

#endif
