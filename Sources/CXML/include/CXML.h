#ifndef SIDETONE_CXML_H
#define SIDETONE_CXML_H

#include <stddef.h>
#include <stdint.h>

/* A reader for small XML documents that come from the network (HSS profiles, Sh data, reg-event bodies).
 *
 * No network, no file, no DTD, no entity but the five predefined ones and character references.
 * The document becomes a flat list of events in document order; nothing of the XML library is visible here.
 * Encodings: UTF-8, UTF-16 with or without byte order mark, ISO-8859-1, US-ASCII. */

/* Documents beyond these are refused. */
enum {
    CXML_MAX_BYTES = 256 * 1024,
    CXML_MAX_DEPTH = 64,
    CXML_MAX_ATTRIBUTES = 64,
    CXML_MAX_ELEMENTS = 16384,
    CXML_MAX_REPAIRS = 256
};

typedef enum cxml_status {
    CXML_OK = 0,
    CXML_TOO_LARGE,
    CXML_TOO_DEEP,
    CXML_TOO_MANY_ATTRIBUTES,
    CXML_TOO_MANY_ELEMENTS,
    CXML_DOCTYPE,
    CXML_ENCODING,
    CXML_NOT_WELL_FORMED,
    CXML_OUT_OF_MEMORY
} cxml_status;

typedef enum cxml_kind {
    CXML_START = 1,
    CXML_ATTRIBUTE = 2, /* belongs to the CXML_START before it */
    CXML_TEXT = 3,      /* may come in pieces */
    CXML_END = 4,
    CXML_REPAIRED_AMPERSAND = 5,  /* a bare "&" stood here and was read as "&amp;" */
    CXML_LATE_DECLARATION = 6     /* an XML declaration stood here, not at the start, and was ignored */
} cxml_kind;

/* Strings are UTF-8 and lie in cxml_text(); they are not terminated. Lines and columns count from 1; a column
 * counts code points. Repairs come before all other events. */
typedef struct cxml_event {
    uint32_t kind;
    uint32_t line;
    uint32_t column;
    uint32_t name_offset; /* local name, or the text of CXML_TEXT */
    uint32_t name_length;
    uint32_t value_offset; /* namespace of CXML_START (length 0: none), value of CXML_ATTRIBUTE */
    uint32_t value_length;
} cxml_event;

typedef struct cxml_document cxml_document;

/* Reads a document. Returns NULL only when there is no memory at all; otherwise ask cxml_document_status. */
cxml_document *cxml_read(const uint8_t *bytes, size_t length);
void cxml_free(cxml_document *document);

cxml_status cxml_document_status(const cxml_document *document);
/* Where reading stopped; 0 when it did not. */
uint32_t cxml_error_line(const cxml_document *document);
uint32_t cxml_error_column(const cxml_document *document);
/* The parser's words for CXML_NOT_WELL_FORMED, one line, terminated; never NULL. */
const char *cxml_error_message(const cxml_document *document);

size_t cxml_event_count(const cxml_document *document);
const cxml_event *cxml_events(const cxml_document *document);
const uint8_t *cxml_text(const cxml_document *document);
size_t cxml_text_length(const cxml_document *document);


#include "CXMLSchema.h"

#endif
