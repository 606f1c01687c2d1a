// The PocketSphinx recogniser 5prealpha (Debian: libpocketsphinx-dev, libsphinxbase-dev).
#ifndef SIDETONE_CPOCKETSPHINX_SHIM_H
#define SIDETONE_CPOCKETSPHINX_SHIM_H

#include <pocketsphinx.h>
#include <sphinxbase/err.h>
#include <sphinxbase/fsg_model.h>
#include <sphinxbase/jsgf.h>

#endif
