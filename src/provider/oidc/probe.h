/* A look at a provider without a sign-in: what its discovery document and its keys are like now. */
#ifndef STO_PROVIDER_OIDC_PROBE_H
#define STO_PROVIDER_OIDC_PROBE_H

#include "provider/oidc/oidc.h"

/* How one request went. */
struct sto_probe_answer {
	bool asked;             /* false: the configuration needs no such request, or it had no address */
	int code;               /* 0, or why nothing usable came */
	struct sto_error err;   /* its detail */
	struct sto_buf url;     /* that was asked */
	bool clock_known;       /* the answer told the provider's time */
	int64_t clock_diff_sec; /* this machine's clock less the provider's; 0 within the second Date has */
};

struct sto_oidc_probe {
	struct sto_probe_answer discovery, jwks;
	json_t *document;         /* owned: the discovery document, also one that was refused; NULL: none */
	uint32_t said_algs;       /* id_token_signing_alg_values_supported as STO_ALG_BIT()s */
	size_t n_keys, n_skipped; /* keys that can verify, and the others */
	uint32_t key_algs;        /* STO_ALG_BIT()s that the keys can verify */
	/* The document names one that may not be used, and so there is none. */
	bool end_session_refused, revocation_refused;
};

void sto_oidc_probe_init(struct sto_oidc_probe *probe);
void sto_oidc_probe_finish(struct sto_oidc_probe *probe);

/* Asks anew, whatever is kept, and leaves alone what is kept. MAY BLOCK. What goes wrong at the provider
 * stands in the answers; STO_NO_MEMORY, STO_TOO_LARGE where a URL cannot be made. `probe` was made by _init()
 * and is used once. */
STO_CHECKED int sto_oidc_probe_run(struct sto_oidc_probe *probe, sto_oidc *oidc);

#endif
