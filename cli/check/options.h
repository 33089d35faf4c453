/* What the command line of `st-oauth check` says. */
#ifndef CHECK_OPTIONS_H
#define CHECK_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct check_options {
	const char *block; /* NULL: [oauth], or all there are */
	const char *file;  /* NULL: the files that Streamlit reads */
	int64_t port;      /* of the app; 0: not given */
	bool offline;
	bool print_json;
	/* instead of checking */
	bool show_help, show_version;
};

/* Reads the arguments; they must outlive *out. False with one sentence in `why` where they make no sense. */
bool check_options_read(struct check_options *out, int argc, char **argv, char *why, size_t why_size);

extern const char check_usage[];

#endif
