/* "Did you mean ...?": the nearest of a list of words. */
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

#include <stddef.h>

/* The number of letters to insert, drop, change or swap to make one word of the other. */
size_t cli_distance(const char *a, const char *b);

/* The nearest of `words` (ended by NULL), or NULL where none is near enough to be a slip of the keys. */
const char *cli_suggest(const char *word, const char *const *words);

#endif
