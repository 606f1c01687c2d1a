/* Names no OpenSSL header: only the C files of CDTLS include them. This module carries the compiler and linker flags
   of libssl. */
