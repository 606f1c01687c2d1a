/* Deliberately names no libxml2 header: Debian's pull in ICU, whose module clashes with Swift's own.
   Only the C files of CXML include libxml2; this module carries its compiler and linker flags. */
