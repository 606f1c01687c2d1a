#include "cxml_internal.h"

#include <stdlib.h>
#include <string.h>

static int starts_with(const uint8_t *bytes, size_t length, size_t at, const char *text) {
    size_t count = strlen(text);
    return at <= length && length - at >= count && memcmp(bytes + at, text, count) == 0;
}

static int is_space(uint8_t byte) { return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n'; }

static int is_name_byte(uint8_t byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '-' || byte == '_' || byte == '.' || byte == ':' || byte >= 0x80;
}

/* The offset just after `text`, searching from `at`; `length` when it never comes. */
static size_t after(const uint8_t *bytes, size_t length, size_t at, const char *text) {
    size_t count = strlen(text);
    for (; at + count <= length; at++) {
        if (bytes[at] == (uint8_t)text[0] && memcmp(bytes + at, text, count) == 0) { return at + count; }
    }
    return length;
}

static size_t put_utf8(uint8_t *out, uint32_t scalar) {
    if (scalar < 0x80) { out[0] = (uint8_t)scalar; return 1; }
    if (scalar < 0x800) {
        out[0] = (uint8_t)(0xC0 | scalar >> 6);
        out[1] = (uint8_t)(0x80 | (scalar & 0x3F));
        return 2;
    }
    if (scalar < 0x10000) {
        out[0] = (uint8_t)(0xE0 | scalar >> 12);
        out[1] = (uint8_t)(0x80 | (scalar >> 6 & 0x3F));
        out[2] = (uint8_t)(0x80 | (scalar & 0x3F));
        return 3;
    }
    out[0] = (uint8_t)(0xF0 | scalar >> 18);
    out[1] = (uint8_t)(0x80 | (scalar >> 12 & 0x3F));
    out[2] = (uint8_t)(0x80 | (scalar >> 6 & 0x3F));
    out[3] = (uint8_t)(0x80 | (scalar & 0x3F));
    return 4;
}

static cxml_status decode_utf16(const uint8_t *bytes, size_t length, int big_endian, cxml_source *source) {
    source->bytes = malloc(length / 2 * 3 + 4);
    if (!source->bytes) { return CXML_OUT_OF_MEMORY; }
    size_t count = 0;
    if (length % 2 != 0) { return CXML_ENCODING; }
    for (size_t at = 0; at + 1 < length; at += 2) {
        uint32_t unit = big_endian ? (uint32_t)bytes[at] << 8 | bytes[at + 1] : (uint32_t)bytes[at + 1] << 8 | bytes[at];
        if (unit >= 0xD800 && unit <= 0xDBFF && at + 3 < length) {
            uint32_t low = big_endian ? (uint32_t)bytes[at + 2] << 8 | bytes[at + 3]
                                      : (uint32_t)bytes[at + 3] << 8 | bytes[at + 2];
            if (low < 0xDC00 || low > 0xDFFF) { source->length = count; return CXML_ENCODING; }
            unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
            at += 2;
        } else if (unit >= 0xD800 && unit <= 0xDFFF) {
            source->length = count;
            return CXML_ENCODING;
        }
        count += put_utf8(source->bytes + count, unit);
    }
    source->length = count;
    return CXML_OK;
}

/* Copies the value of the encoding pseudo-attribute, in lower case; an empty string when there is none. */
static void declared_encoding(const uint8_t *bytes, size_t length, char *name, size_t capacity) {
    name[0] = 0;
    size_t start = 0;
    while (start < length && is_space(bytes[start])) { start++; }
    if (!starts_with(bytes, length, start, "<?xml")) { return; }
    size_t end = after(bytes, length, start, "?>");
    size_t at = after(bytes, end, start, "encoding");
    while (at < end && (is_space(bytes[at]) || bytes[at] == '=')) { at++; }
    if (at >= end || (bytes[at] != '"' && bytes[at] != '\'')) { return; }
    uint8_t quote = bytes[at++];
    size_t count = 0;
    for (; at < end && bytes[at] != quote && count + 1 < capacity; at++) {
        uint8_t byte = bytes[at];
        name[count++] = (char)(byte >= 'A' && byte <= 'Z' ? byte + 32 : byte);
    }
    name[count] = 0;
}

static cxml_status decode(const uint8_t *bytes, size_t length, cxml_source *source) {
    if (length >= 2 && bytes[0] == 0xFE && bytes[1] == 0xFF) { return decode_utf16(bytes + 2, length - 2, 1, source); }
    if (length >= 2 && bytes[0] == 0xFF && bytes[1] == 0xFE) { return decode_utf16(bytes + 2, length - 2, 0, source); }
    if (length >= 4 && bytes[0] == 0 && bytes[1] == '<') { return decode_utf16(bytes, length, 1, source); }
    if (length >= 4 && bytes[0] == '<' && bytes[1] == 0) { return decode_utf16(bytes, length, 0, source); }
    if (starts_with(bytes, length, 0, "\xEF\xBB\xBF")) { bytes += 3; length -= 3; }

    char encoding[32];
    declared_encoding(bytes, length, encoding, sizeof encoding);
    int latin1 = strcmp(encoding, "iso-8859-1") == 0 || strcmp(encoding, "latin1") == 0;
    if (!latin1 && encoding[0] && strcmp(encoding, "utf-8") != 0 && strcmp(encoding, "utf8") != 0 &&
        strcmp(encoding, "us-ascii") != 0 && strcmp(encoding, "ascii") != 0) {
        return CXML_ENCODING;
    }
    source->bytes = malloc((latin1 ? 2 * length : length) + 1);
    if (!source->bytes) { return CXML_OUT_OF_MEMORY; }
    if (latin1) {
        for (size_t at = 0; at < length; at++) { source->length += put_utf8(source->bytes + source->length, bytes[at]); }
    } else {
        memcpy(source->bytes, bytes, length);
        source->length = length;
    }
    return CXML_OK;
}

/* Walks the prolog: refuses a document type, blanks an XML declaration that does not stand first. */
static cxml_status check_prolog(cxml_source *source, size_t *at_fault) {
    uint8_t *bytes = source->bytes;
    size_t length = source->length, at = 0;
    while (at < length) {
        if (is_space(bytes[at])) {
            at++;
        } else if (starts_with(bytes, length, at, "<!--")) {
            at = after(bytes, length, at + 4, "-->");
        } else if (starts_with(bytes, length, at, "<?")) {
            size_t end = after(bytes, length, at + 2, "?>");
            if (at > 0 && starts_with(bytes, length, at, "<?xml") && at + 5 < length && is_space(bytes[at + 5])) {
                source->late_declaration = at;
                for (size_t i = at; i < end; i++) {
                    if (!is_space(bytes[i])) { bytes[i] = ' '; }
                }
            }
            at = end;
        } else if (starts_with(bytes, length, at, "<!")) {
            *at_fault = at;
            return CXML_DOCTYPE;
        } else {
            break;
        }
    }
    return CXML_OK;
}

static int is_reference(const uint8_t *bytes, size_t length, size_t at) {
    size_t start = ++at;
    if (at < length && bytes[at] == '#') { at++; start++; }
    while (at < length && at - start < 32 && is_name_byte(bytes[at])) { at++; }
    return at > start && at < length && bytes[at] == ';';
}

/* Turns each "&" that starts no reference into "&amp;", outside comments, CDATA and instructions. */
static cxml_status repair_ampersands(cxml_source *source) {
    uint8_t *bytes = source->bytes;
    size_t length = source->length, at = 0, found[CXML_MAX_REPAIRS], count = 0;
    while (at < length && count < CXML_MAX_REPAIRS) {
        if (bytes[at] == '<') {
            if (starts_with(bytes, length, at, "<!--")) { at = after(bytes, length, at + 4, "-->"); continue; }
            if (starts_with(bytes, length, at, "<![CDATA[")) { at = after(bytes, length, at + 9, "]]>"); continue; }
            if (starts_with(bytes, length, at, "<?")) { at = after(bytes, length, at + 2, "?>"); continue; }
        } else if (bytes[at] == '&' && !is_reference(bytes, length, at)) {
            found[count++] = at;
        }
        at++;
    }
    if (count == 0) { return CXML_OK; }
    uint8_t *repaired = malloc(length + 4 * count + 1);
    if (!repaired) { return CXML_OUT_OF_MEMORY; }
    size_t out = 0, from = 0;
    for (size_t i = 0; i < count; i++) {
        memcpy(repaired + out, bytes + from, found[i] - from);
        out += found[i] - from;
        source->repairs[i] = out;
        memcpy(repaired + out, "&amp;", 5);
        out += 5;
        from = found[i] + 1;
    }
    memcpy(repaired + out, bytes + from, length - from);
    free(bytes);
    source->bytes = repaired;
    source->length = out + length - from;
    source->repair_count = count;
    return CXML_OK;
}

cxml_status cxml_prepare(const uint8_t *bytes, size_t length, cxml_source *source, size_t *at) {
    memset(source, 0, sizeof *source);
    source->late_declaration = SIZE_MAX;
    *at = 0;
    if (length > CXML_MAX_BYTES) { return CXML_TOO_LARGE; }
    cxml_status status = decode(bytes, length, source);
    if (status == CXML_OK) { status = check_prolog(source, at); }
    if (status == CXML_OK) { status = repair_ampersands(source); }
    return status;
}

void cxml_source_free(cxml_source *source) {
    free(source->bytes);
    source->bytes = NULL;
}
