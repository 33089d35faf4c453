/* The two providers of one process: "dev" at its root and "team" below /team, so that an app with several
 * providers can be tried. Clients and keys are the same at both (the issuer alone tells their tokens apart);
 * people, sessions and tokens are not. */
#ifndef DEV_ISSUERS_H
#define DEV_ISSUERS_H

#include "dev/personas.h"
#include "dev/provider.h"

#define DEV_ISSUERS 2

struct dev_issuers {
	struct dev_keys keys;
	struct dev_personas personas;
	struct dev_provider provider[DEV_ISSUERS]; /* the one at the root first */
};

/* Names both, at a host as it stands in a URL; the rest of *issuers may be filled in before or after. */
void dev_issuers_name(struct dev_issuers *issuers, const struct dev_options *options,
		      const struct sto_world *world, const char *host, uint16_t port);
void dev_issuers_finish(struct dev_issuers *issuers);

/* Answers a request in the name of the provider whose address it is. */
void dev_issuers_handle(struct dev_issuers *issuers, const struct dev_request *req, struct dev_response *res);

#endif
