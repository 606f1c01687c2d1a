#ifndef SIDETONE_CXML_INTERNAL_H
#define SIDETONE_CXML_INTERNAL_H

#include "CXML.h"

/* The document as the parser gets it: UTF-8, repaired, with a way back to the lines of the original. */
typedef struct cxml_source {
    uint8_t *bytes;
    size_t length;
    size_t repairs[CXML_MAX_REPAIRS]; /* offsets in bytes of each "&" that became "&amp;" */
    size_t repair_count;
    size_t late_declaration; /* offset of an ignored declaration, or SIZE_MAX */
} cxml_source;

/* Decodes, refuses DOCTYPE, repairs. On failure *at is the offset in source->bytes that is at fault. */
cxml_status cxml_prepare(const uint8_t *bytes, size_t length, cxml_source *source, size_t *at);
void cxml_source_free(cxml_source *source);

#endif
