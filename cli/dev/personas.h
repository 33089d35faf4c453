/* Who can sign in: a list of personas from TOML. */
#ifndef DEV_PERSONAS_H
#define DEV_PERSONAS_H

#include <jansson.h>

#include "stoauth/span.h"

/* The built-in file. */
extern const char dev_default_personas[];

/* Who can sign in at each provider: JSON arrays of personas, each an object with at least id, sub, name,
 * given_name, preferred_username, locale, email_verified, groups, roles, claims, and where known email,
 * family_name, picture and ttl (seconds). Owned. */
struct dev_personas {
	json_t *dev, *team;
};

/* Reads a file's text: [[persona]], and [[team.persona]] for the second provider, which has the same ones
 * where there are none. False, with nothing to finish and one line "file:line:column: what is wrong" in
 * `why`, where the file is not right. */
bool dev_personas_read(struct dev_personas *out, struct sto_span text, const char *file, char *why,
		       size_t why_size);
void dev_personas_finish(struct dev_personas *personas);

/* The one with that id, borrowed; NULL where there is none. */
json_t *dev_personas_find(const json_t *personas, const char *id);

/* A persona that somebody typed in; e-mail may be empty. NULL without memory. */
json_t *dev_persona_of(const char *name, const char *email);

#endif
