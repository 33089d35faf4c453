/* What the presets share. */
#ifndef STO_PROVIDER_PRESETS_PRESETS_H
#define STO_PROVIDER_PRESETS_PRESETS_H

#include "provider/oidc/internal.h"
#include "provider/preset.h"

extern const struct sto_preset sto_preset_google;
extern const struct sto_preset sto_preset_microsoft;
extern const struct sto_preset sto_preset_github;
extern const struct sto_preset sto_preset_keycloak;
extern const struct sto_preset sto_preset_auth0;

/* What complete() may ask with. */
struct sto_preset_call {
	sto_oidc *oidc;
	struct sto_span access_token;
};

/* Fills *problem and gives STO_CONFIG_WRONG. */
STO_CHECKED int sto_preset_refuse(struct sto_preset_problem *problem, const char *code, const char *key,
				  const char *mend, const char *what);
/* A text among the values; the empty span where there is none. */
struct sto_span sto_preset_text(const json_t *values, const char *key);
/* Appends the base that the key `key` says (sto_preset_base()), or "https://" and `fallback` where it is not
 * set; `fallback` NULL: it must be. A problem says the key and `mend`. */
STO_CHECKED int sto_preset_put_base(struct sto_buf *out, struct sto_preset_problem *problem,
				    const json_t *values, const char *key, const char *fallback,
				    const char *mend);
/* out[key] = the text of base and tail. */
STO_CHECKED int sto_preset_set(json_t *out, const char *key, const struct sto_buf *base, const char *tail);

#endif
