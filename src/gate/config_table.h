/* The one table of configuration keys. */
#ifndef STO_GATE_CONFIG_TABLE_H
#define STO_GATE_CONFIG_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stoauth/span.h"

enum sto_config_type {
	STO_CONFIG_TEXT,    /* a string that is not empty */
	STO_CONFIG_URL,     /* https, or http on loopback; {port} is the server's port */
	STO_CONFIG_WORDS,   /* words joined by spaces, or a list of words */
	STO_CONFIG_LIST,    /* a list of strings, or one string; of `choices` where there are any */
	STO_CONFIG_CHOICE,  /* one of `choices` */
	STO_CONFIG_BOOL,    /* true or false */
	STO_CONFIG_SECONDS, /* 30, "30s", "5m", "12h", "7d" within min and max */
	STO_CONFIG_PARAMS,  /* a table of strings, numbers and booleans */
	STO_CONFIG_PATH,    /* an absolute path */
	STO_CONFIG_TABLE,   /* a table; what stands in it is checked by whoever reads it */
};

/* Where a key may stand, or-ed. */
enum sto_config_scope {
	STO_SCOPE_GATE = 1, /* the block or dict of a plain gate */
	STO_SCOPE_PROVIDER =
		2, /* a provider's block, such as [auth.google]; in [auth] for the one without a name */
	STO_SCOPE_REALM = 4, /* [auth] itself */
	STO_SCOPE_SHARED =
		8, /* beside PROVIDER: in [auth] it holds for every provider that does not set it */
};

struct sto_config_key {
	const char *name;
	unsigned scope; /* enum sto_config_scope */
	enum sto_config_type type;
	const char *fallback; /* as text; NULL: none, or derived as `help` says */
	bool secret;          /* its value is never repeated */
	const char *const *choices;
	int64_t min, max; /* of SECONDS */
	const char *help;
};

/* The row at `index` in the table's order, NULL behind the last. */
const struct sto_config_key *sto_config_key_at(size_t index);
/* The row of that name, NULL where there is none. */
const struct sto_config_key *sto_config_key_find(struct sto_span name);
/* The name most like `name` that may stand in one of the scopes, where it is near enough to be meant; else
 * NULL. */
const char *sto_config_key_like(struct sto_span name, unsigned scope);

#endif
