#include "CXMLSchema.h"

#include "cxml_internal.h"

#include <libxml/parser.h>
#include <libxml/xmlIO.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlschemas.h>
#include <stdlib.h>
#include <string.h>

typedef struct finding {
    uint32_t line;
    char message[240];
} finding;

struct cxml_schema_result {
    cxml_schema_status status;
    size_t count;
    finding findings[CXML_SCHEMA_MAX_FINDINGS];
};

static void on_error(void *user, xmlErrorPtr error) {
    cxml_schema_result *result = user;
    if (!error || result->count == CXML_SCHEMA_MAX_FINDINGS) { return; }
    finding *added = &result->findings[result->count++];
    added->line = error->line > 0 ? (uint32_t)error->line : 1;
    const char *message = error->message ? error->message : "not valid";
    size_t count = 0;
    for (; message[count] && message[count] != '\n' && count + 1 < sizeof added->message; count++) {
        unsigned char byte = (unsigned char)message[count];
        added->message[count] = byte < 0x20 || byte > 0x7E ? '?' : (char)byte;
    }
    added->message[count] = 0;
}

static xmlSchemaPtr load(const uint8_t *schema, size_t length, cxml_schema_result *result) {
    xmlSchemaParserCtxtPtr parser = xmlSchemaNewMemParserCtxt((const char *)schema, (int)length);
    if (!parser) { return NULL; }
    xmlSchemaSetParserStructuredErrors(parser, on_error, result);
    xmlSchemaPtr loaded = xmlSchemaParse(parser);
    xmlSchemaFreeParserCtxt(parser);
    return loaded;
}

cxml_schema_result *cxml_schema_validate(const uint8_t *document, size_t document_length, const uint8_t *schema,
                                         size_t schema_length) {
    cxml_schema_result *result = calloc(1, sizeof *result);
    if (!result) { return NULL; }
    cxml_source source;
    size_t fault = 0;
    if (schema_length > INT32_MAX) {
        result->status = CXML_SCHEMA_UNUSABLE;
        return result;
    }
    if (cxml_prepare(document, document_length, &source, &fault) != CXML_OK) {
        cxml_source_free(&source);
        result->status = CXML_SCHEMA_DOCUMENT_UNREADABLE;
        return result;
    }
    xmlInitParser();
    xmlExternalEntityLoader previous = xmlGetExternalEntityLoader();
    xmlSetExternalEntityLoader(xmlNoNetExternalEntityLoader);
    xmlDocPtr tree = xmlReadMemory((const char *)source.bytes, (int)source.length, NULL, "UTF-8",
                                   XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_BIG_LINES);
    if (!tree) {
        result->status = CXML_SCHEMA_DOCUMENT_UNREADABLE;
    } else {
        xmlSchemaPtr loaded = load(schema, schema_length, result);
        xmlSchemaValidCtxtPtr context = loaded ? xmlSchemaNewValidCtxt(loaded) : NULL;
        if (!context) {
            result->status = CXML_SCHEMA_UNUSABLE;
        } else {
            xmlSchemaSetValidStructuredErrors(context, on_error, result);
            int answer = xmlSchemaValidateDoc(context, tree);
            result->status = answer == 0 ? CXML_SCHEMA_VALID : answer > 0 ? CXML_SCHEMA_INVALID : CXML_SCHEMA_UNUSABLE;
            xmlSchemaFreeValidCtxt(context);
        }
        if (loaded) { xmlSchemaFree(loaded); }
        xmlFreeDoc(tree);
    }
    xmlSetExternalEntityLoader(previous);
    cxml_source_free(&source);
    return result;
}

void cxml_schema_free(cxml_schema_result *result) { free(result); }
cxml_schema_status cxml_schema_result_status(const cxml_schema_result *result) { return result->status; }
size_t cxml_schema_finding_count(const cxml_schema_result *result) { return result->count; }
uint32_t cxml_schema_finding_line(const cxml_schema_result *result, size_t index) {
    return index < result->count ? result->findings[index].line : 0;
}
const char *cxml_schema_finding_message(const cxml_schema_result *result, size_t index) {
    return index < result->count ? result->findings[index].message : "";
}
