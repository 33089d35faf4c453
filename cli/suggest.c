#include "suggest.h"

#include <string.h>

#define WORD_MAX 63

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;
	return ab < c ? ab : c;
}

/* Restricted Damerau-Levenshtein distance by three rows. */
size_t cli_distance(const char *a, const char *b)
{
	size_t rows[3][WORD_MAX + 1] = {0};
	size_t la = strlen(a), lb = strlen(b);
	if (la > WORD_MAX || lb > WORD_MAX)
		return la > lb ? la : lb;
	for (size_t j = 0; j <= lb; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *top = rows[(i + 1) % 3];
		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			row[j] = least(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], top[j - 2] + 1, row[j]);
		}
	}
	return rows[la % 3][lb];
}

const char *cli_suggest(const char *word, const char *const *words)
{
	const char *best = NULL;
	size_t bound = strlen(word) / 3 + 1;
	for (; *words != NULL; words++) {
		size_t distance = cli_distance(word, *words);
		if (distance <= bound && distance < strlen(*words)) {
			bound = distance == 0 ? 0 : distance - 1;
			best = *words;
			if (distance == 0)
				break;
		}
	}
	return best;
}
