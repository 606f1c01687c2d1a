/* Names no OpenSSL header: only the C files of CCrypto include them. This module carries the compiler and linker
   flags of libcrypto. */
