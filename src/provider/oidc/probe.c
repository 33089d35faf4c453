#include "provider/oidc/probe.h"

#include "base/bounds.h"
#include "base/json.h"
#include "jose/jwks.h"
#include "jose/key.h"
#include "provider/oidc/internal.h"

static void answer_init(struct sto_probe_answer *answer)
{
	*answer = (struct sto_probe_answer){0};
	sto_buf_init(&answer->url, STO_LIMIT_URL);
}

void sto_oidc_probe_init(struct sto_oidc_probe *probe)
{
	*probe = (struct sto_oidc_probe){0};
	answer_init(&probe->discovery);
	answer_init(&probe->jwks);
}

void sto_oidc_probe_finish(struct sto_oidc_probe *probe)
{
	sto_buf_finish(&probe->discovery.url);
	sto_buf_finish(&probe->jwks.url);
	json_decref(probe->document);
	probe->document = NULL;
}

/* The provider wrote Date somewhere between our sending and our reading, and cut it to a whole second. A
 * cache hands out an old Date and says in Age how old (RFC 9111 4.2.3). */
static void compare_clocks(struct sto_probe_answer *answer, const struct sto_fetched *fetched,
			   int64_t before_sec, int64_t after_sec)
{
	if (fetched->date_sec < 0)
		return;
	int64_t date_sec = fetched->date_sec + fetched->age_sec;
	answer->clock_known = true;
	if (date_sec > after_sec)
		answer->clock_diff_sec = after_sec - date_sec;
	else if (date_sec + 1 < before_sec)
		answer->clock_diff_sec = before_sec - 1 - date_sec;
}

static void ask(struct sto_probe_answer *answer, struct sto_fetched *fetched, sto_oidc *oidc,
		const char *what)
{
	const struct sto_world *world = oidc->world.world;
	struct sto_fetch request = {
		.method = "GET", .url = sto_buf_span(&answer->url), .max_body = fetched->body.max};
	int64_t before_sec = world->now_sec(world->ctx);
	answer->asked = true;
	answer->code = sto_oidc_fetch(fetched, oidc, &request, &answer->err);
	if (answer->code != STO_OK)
		return;
	compare_clocks(answer, fetched, before_sec, world->now_sec(world->ctx));
	if (fetched->status != 200)
		answer->code = sto_fail(&answer->err, STO_PROVIDER_STATUS, "%s answered with HTTP %d", what,
					fetched->status);
}

static int probe_discovery(struct sto_metadata **metadata, struct sto_oidc_probe *probe, sto_oidc *oidc)
{
	struct sto_probe_answer *answer = &probe->discovery;
	struct sto_fetched fetched;
	int rc = sto_metadata_url(&answer->url, &oidc->settings);
	if (rc != STO_OK)
		return rc;
	sto_fetched_init(&fetched, STO_LIMIT_FETCH_BODY);
	ask(answer, &fetched, oidc, "discovery");
	if (answer->code == STO_OK) {
		answer->code = sto_metadata_parse(metadata, oidc, sto_buf_span(&fetched.body), &answer->err);
		/* Kept also where it was refused: what it says is part of the mend. */
		if (sto_json_parse_object(&probe->document, sto_buf_span(&fetched.body), NULL) ==
		    STO_NO_MEMORY)
			answer->code = STO_NO_MEMORY;
	}
	sto_fetched_finish(&fetched);
	return answer->code == STO_NO_MEMORY ? STO_NO_MEMORY : STO_OK;
}

static uint32_t algs_of(const sto_jwks *set)
{
	uint32_t algs = 0;
	for (size_t i = 0; i < set->n_keys; i++)
		algs |= set->keys[i]->algs;
	return algs;
}

static int probe_keys(struct sto_oidc_probe *probe, sto_oidc *oidc, struct sto_span jwks_uri)
{
	struct sto_probe_answer *answer = &probe->jwks;
	struct sto_fetched fetched;
	sto_jwks *set = NULL;
	int rc = sto_buf_put(&answer->url, jwks_uri);
	if (rc != STO_OK)
		return rc;
	sto_fetched_init(&fetched, STO_LIMIT_JWKS);
	ask(answer, &fetched, oidc, "jwks_uri");
	if (answer->code == STO_OK)
		answer->code =
			sto_jwks_parse(&set, &probe->n_skipped, sto_buf_span(&fetched.body), &answer->err);
	if (answer->code == STO_OK) {
		probe->n_keys = sto_jwks_count(set);
		probe->key_algs = algs_of(set);
	}
	sto_jwks_free(set);
	sto_fetched_finish(&fetched);
	return answer->code == STO_NO_MEMORY ? STO_NO_MEMORY : STO_OK;
}

int sto_oidc_probe_run(struct sto_oidc_probe *probe, sto_oidc *oidc)
{
	struct sto_metadata *metadata = NULL;
	int rc = STO_OK;
	if (sto_oidc_has_discovery(&oidc->settings))
		rc = probe_discovery(&metadata, probe, oidc);
	struct sto_span jwks_uri =
		sto_oidc_pick(oidc->settings.jwks_uri, metadata == NULL ? NULL : &metadata->jwks_uri);
	if (metadata != NULL) {
		probe->said_algs = metadata->algs;
		probe->end_session_refused = metadata->end_session_refused;
		probe->revocation_refused = metadata->revocation_refused;
	}
	if (rc == STO_OK && jwks_uri.len > 0)
		rc = probe_keys(probe, oidc, jwks_uri);
	sto_metadata_release(oidc, metadata);
	return rc;
}
