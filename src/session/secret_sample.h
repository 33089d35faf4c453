/* Whether a secret is one that nobody made at random; for the files of this folder only. */
#ifndef STO_SESSION_SECRET_SAMPLE_H
#define STO_SESSION_SECRET_SAMPLE_H

#include "stoauth/span.h"

/* Whether it holds a word of a well-known sample. */
bool sto_secret_is_sample(struct sto_span text);
/* How many different bytes it has. */
size_t sto_secret_count_distinct(struct sto_span bytes);

#endif
