#ifndef SIDETONE_CTCMALLOC_H
#define SIDETONE_CTCMALLOC_H

// Nothing is called: a program that is linked with the library has its malloc and free.

#endif
