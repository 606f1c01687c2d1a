#ifndef SIDETONE_CXML_SCHEMA_H
#define SIDETONE_CXML_SCHEMA_H

#include <stddef.h>
#include <stdint.h>

/* Validation against an XML Schema that the user names. The schema is a trusted local document; what it includes or
 * imports is never fetched from the network. */

typedef enum cxml_schema_status {
    CXML_SCHEMA_VALID = 0,
    CXML_SCHEMA_INVALID,
    CXML_SCHEMA_UNUSABLE,            /* the schema itself is wrong; the findings say where in it */
    CXML_SCHEMA_DOCUMENT_UNREADABLE, /* not XML, or refused by cxml_read */
    CXML_SCHEMA_OUT_OF_MEMORY
} cxml_schema_status;

typedef struct cxml_schema_result cxml_schema_result;

/* At most this many findings are kept. */
enum { CXML_SCHEMA_MAX_FINDINGS = 256 };

/* Returns NULL only when there is no memory at all. The bytes of the document are read as cxml_read does. */
cxml_schema_result *cxml_schema_validate(const uint8_t *document, size_t document_length, const uint8_t *schema,
                                         size_t schema_length);
void cxml_schema_free(cxml_schema_result *result);

cxml_schema_status cxml_schema_result_status(const cxml_schema_result *result);
size_t cxml_schema_finding_count(const cxml_schema_result *result);
/* From 1. */
uint32_t cxml_schema_finding_line(const cxml_schema_result *result, size_t index);
/* One line, ASCII, terminated. */
const char *cxml_schema_finding_message(const cxml_schema_result *result, size_t index);

#endif
