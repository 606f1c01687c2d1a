#include "cxml_internal.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>
#include <stdlib.h>
#include <string.h>

struct cxml_document {
    cxml_status status;
    uint32_t error_line;
    uint32_t error_column;
    char error_message[160];
    cxml_event *events;
    size_t event_count;
    size_t event_capacity;
    uint8_t *text;
    size_t text_length;
    size_t text_capacity;
};

typedef struct reader {
    cxml_document *document;
    const cxml_source *source;
    xmlParserCtxtPtr context;
    size_t depth;
    size_t elements;
    /* A cursor that only moves forward: where `offset` of the source is in lines and columns. */
    size_t offset;
    size_t next_repair;
    uint32_t line;
    uint32_t column;
    size_t text_start;
} reader;

static void fail(reader *r, cxml_status status) {
    if (r->document->status == CXML_OK) { r->document->status = status; }
    if (r->context) { xmlStopParser(r->context); }
}

static void move_to(reader *r, size_t offset) {
    const cxml_source *source = r->source;
    if (offset > source->length) { offset = source->length; }
    for (; r->offset < offset; r->offset++) {
        uint8_t byte = source->bytes[r->offset];
        /* The four bytes "amp;" that a repair added stand nowhere in the original. */
        if (r->next_repair < source->repair_count && r->offset > source->repairs[r->next_repair]) {
            if (r->offset == source->repairs[r->next_repair] + 4) { r->next_repair++; }
            continue;
        }
        if (byte == '\n') {
            r->line++;
            r->column = 1;
        } else if ((byte & 0xC0) != 0x80) {
            r->column++;
        }
    }
}

static size_t here(const reader *r) {
    const xmlParserInput *input = r->context ? r->context->input : NULL;
    if (!input || input->cur < input->base) { return r->offset; }
    return (size_t)input->consumed + (size_t)(input->cur - input->base);
}

static int grow(void **memory, size_t *capacity, size_t needed, size_t size) {
    if (needed <= *capacity) { return 1; }
    size_t wanted = *capacity ? *capacity * 2 : 64;
    if (wanted < needed) { wanted = needed; }
    void *grown = realloc(*memory, wanted * size);
    if (!grown) { return 0; }
    *memory = grown;
    *capacity = wanted;
    return 1;
}

static uint32_t add_text(reader *r, const uint8_t *bytes, size_t length) {
    cxml_document *d = r->document;
    if (!grow((void **)&d->text, &d->text_capacity, d->text_length + length, 1)) {
        fail(r, CXML_OUT_OF_MEMORY);
        return 0;
    }
    if (length > 0) { memcpy(d->text + d->text_length, bytes, length); }
    d->text_length += length;
    return (uint32_t)(d->text_length - length);
}

static cxml_event *add_event(reader *r, cxml_kind kind) {
    cxml_document *d = r->document;
    if (d->status != CXML_OK) { return NULL; }
    if (!grow((void **)&d->events, &d->event_capacity, d->event_count + 1, sizeof *d->events)) {
        fail(r, CXML_OUT_OF_MEMORY);
        return NULL;
    }
    cxml_event *event = &d->events[d->event_count++];
    memset(event, 0, sizeof *event);
    event->kind = kind;
    event->line = r->line;
    event->column = r->column;
    return event;
}

static void on_start(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespaces,
                     const xmlChar **namespace_list, int attributes, int defaulted, const xmlChar **attribute_list) {
    reader *r = user;
    (void)prefix, (void)namespaces, (void)namespace_list, (void)defaulted;
    if (r->document->status != CXML_OK) { return; }
    /* "<" cannot stand inside a start tag, so the last one before the parser's place opened this tag. */
    size_t end = here(r), start = end < r->source->length ? end : r->source->length;
    while (start > r->offset && r->source->bytes[start - 1] != '<') { start--; }
    move_to(r, start > r->offset ? start - 1 : start);

    if (++r->depth > CXML_MAX_DEPTH) { fail(r, CXML_TOO_DEEP); return; }
    if (++r->elements > CXML_MAX_ELEMENTS) { fail(r, CXML_TOO_MANY_ELEMENTS); return; }
    if (attributes > CXML_MAX_ATTRIBUTES) { fail(r, CXML_TOO_MANY_ATTRIBUTES); return; }

    size_t name_length = strlen((const char *)name), uri_length = uri ? strlen((const char *)uri) : 0;
    uint32_t name_offset = add_text(r, name, name_length), uri_offset = add_text(r, uri, uri_length);
    cxml_event *event = add_event(r, CXML_START);
    if (!event) { return; }
    event->name_offset = name_offset;
    event->name_length = (uint32_t)name_length;
    event->value_offset = uri_offset;
    event->value_length = (uint32_t)uri_length;
    for (int i = 0; i < attributes; i++) {
        const xmlChar **attribute = attribute_list + 5 * i; /* local name, prefix, URI, value, end of value */
        size_t count = strlen((const char *)attribute[0]), value_count = (size_t)(attribute[4] - attribute[3]);
        uint32_t at = add_text(r, attribute[0], count), value_at = add_text(r, attribute[3], value_count);
        cxml_event *added = add_event(r, CXML_ATTRIBUTE);
        if (!added) { return; }
        added->name_offset = at;
        added->name_length = (uint32_t)count;
        added->value_offset = value_at;
        added->value_length = (uint32_t)value_count;
    }
    while (end < r->source->length && r->source->bytes[end] != '>') { end++; }
    r->text_start = end + 1;
}

static void on_end(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri) {
    reader *r = user;
    (void)name, (void)prefix, (void)uri;
    if (r->depth > 0) { r->depth--; }
    move_to(r, here(r));
    r->text_start = r->offset;
    (void)add_event(r, CXML_END);
}

static void on_text(void *user, const xmlChar *text, int length) {
    reader *r = user;
    if (length <= 0 || r->document->status != CXML_OK) { return; }
    if (r->text_start > r->offset) { move_to(r, r->text_start); }
    uint32_t at = add_text(r, text, (size_t)length);
    cxml_event *event = add_event(r, CXML_TEXT);
    if (!event) { return; }
    event->name_offset = at;
    event->name_length = (uint32_t)length;
}

static void on_doctype(void *user, const xmlChar *name, const xmlChar *external, const xmlChar *system) {
    (void)name, (void)external, (void)system;
    fail(user, CXML_DOCTYPE);
}

static void on_error(void *user, xmlErrorPtr error) {
    reader *r = user;
    cxml_document *d = r->document;
    if (!error || error->level < XML_ERR_ERROR || d->status != CXML_OK) { return; }
    /* Unknown namespace prefixes and the like leave the document usable. */
    if (error->domain == XML_FROM_NAMESPACE) { return; }
    d->status = error->code == XML_ERR_NO_MEMORY ? CXML_OUT_OF_MEMORY : CXML_NOT_WELL_FORMED;
    const char *message = error->message ? error->message : "not well-formed";
    size_t count = 0;
    for (; message[count] && message[count] != '\n' && count + 1 < sizeof d->error_message; count++) {
        unsigned char byte = (unsigned char)message[count];
        d->error_message[count] = byte < 0x20 || byte > 0x7E ? '?' : (char)byte;
    }
    d->error_message[count] = 0;
    move_to(r, here(r));
    d->error_line = r->line;
    d->error_column = r->column;
}

static void report_repairs(reader *r) {
    const cxml_source *source = r->source;
    size_t late = source->late_declaration;
    for (size_t i = 0; i < source->repair_count; i++) {
        if (late != SIZE_MAX && late < source->repairs[i]) {
            move_to(r, late);
            (void)add_event(r, CXML_LATE_DECLARATION);
            late = SIZE_MAX;
        }
        move_to(r, source->repairs[i]);
        (void)add_event(r, CXML_REPAIRED_AMPERSAND);
    }
    if (late != SIZE_MAX) {
        move_to(r, late);
        (void)add_event(r, CXML_LATE_DECLARATION);
    }
    r->offset = 0;
    r->next_repair = 0;
    r->line = 1;
    r->column = 1;
}

static void parse(reader *r) {
    cxml_document *d = r->document;
    xmlInitParser();
    xmlParserCtxtPtr context = xmlNewParserCtxt();
    if (!context) { d->status = CXML_OUT_OF_MEMORY; return; }
    r->context = context;
    xmlSAXHandler *sax = context->sax;
    memset(sax, 0, sizeof *sax);
    sax->initialized = XML_SAX2_MAGIC;
    sax->startElementNs = on_start;
    sax->endElementNs = on_end;
    sax->characters = on_text;
    sax->cdataBlock = on_text;
    sax->ignorableWhitespace = on_text;
    sax->internalSubset = on_doctype;
    sax->serror = on_error;
    context->userData = r;
    /* Neither NOENT nor DTDLOAD nor HUGE: the library's own limits stay in force too. */
    (void)xmlCtxtReadMemory(context, (const char *)r->source->bytes, (int)r->source->length, NULL, "UTF-8",
                            XML_PARSE_NONET);
    if (d->status == CXML_OK && !context->wellFormed && context->errNo != XML_ERR_OK) {
        d->status = CXML_NOT_WELL_FORMED;
        strncpy(d->error_message, "not well-formed", sizeof d->error_message - 1);
        d->error_line = r->line;
        d->error_column = r->column;
    }
    r->context = NULL;
    if (context->myDoc) {
        xmlFreeDoc(context->myDoc);
        context->myDoc = NULL;
    }
    xmlFreeParserCtxt(context);
}

cxml_document *cxml_read(const uint8_t *bytes, size_t length) {
    cxml_document *document = calloc(1, sizeof *document);
    if (!document) { return NULL; }
    cxml_source source;
    size_t fault = 0;
    document->status = cxml_prepare(bytes, length, &source, &fault);
    reader r = {.document = document, .source = &source, .line = 1, .column = 1};
    if (document->status == CXML_OK) {
        report_repairs(&r);
        parse(&r);
    } else if (source.bytes) {
        move_to(&r, fault);
    }
    if (document->status != CXML_OK && document->error_line == 0) {
        document->error_line = r.line;
        document->error_column = r.column;
    }
    cxml_source_free(&source);
    return document;
}

void cxml_free(cxml_document *document) {
    if (!document) { return; }
    free(document->events);
    free(document->text);
    free(document);
}

cxml_status cxml_document_status(const cxml_document *document) { return document->status; }
uint32_t cxml_error_line(const cxml_document *document) { return document->error_line; }
uint32_t cxml_error_column(const cxml_document *document) { return document->error_column; }
const char *cxml_error_message(const cxml_document *document) { return document->error_message; }
size_t cxml_event_count(const cxml_document *document) { return document->event_count; }
const cxml_event *cxml_events(const cxml_document *document) { return document->events; }
const uint8_t *cxml_text(const cxml_document *document) { return document->text; }
size_t cxml_text_length(const cxml_document *document) { return document->text_length; }
