/* "Did you mean": the offered word that is most like a given one. */
#ifndef STO_GATE_SUGGEST_H
#define STO_GATE_SUGGEST_H

#include "stoauth/span.h"

struct sto_suggest {
	struct sto_span given;
	const char *word; /* the best so far; NULL: none is near enough */
	size_t distance;  /* of it */
};

void sto_suggest_init(struct sto_suggest *suggest, struct sto_span given);
void sto_suggest_offer(struct sto_suggest *suggest, const char *word);

#endif
