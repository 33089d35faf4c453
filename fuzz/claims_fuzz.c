/* Any JSON as claims, against a policy that asks for everything and one that asks for little. */
#include "base/json.h"
#include "fuzz.h"
#include "jose/claims.h"

#define NOW_SEC 1700000000

static void check(const json_t *claims, const struct sto_claims_policy *policy)
{
	struct sto_claims_found found;
	struct sto_error err;
	int rc = sto_claims_check(&found, claims, policy, NOW_SEC, &err);
	if (rc != STO_OK) {
		fuzz_assert(err.code == rc);
		return;
	}
	fuzz_assert(found.exp_sec > NOW_SEC - policy->leeway_sec);
	fuzz_assert(found.sub.len > 0 && found.iss.len > 0);
	fuzz_assert(policy->access_token || found.iat_sec <= NOW_SEC + policy->leeway_sec);
	if (policy->issuer.len > 0)
		fuzz_assert(sto_span_equal(found.iss, policy->issuer));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sto_claims_policy all = {
		.issuer = STO_SPAN("https://op.example"),
		.audience = STO_SPAN("client"),
		.client_id = STO_SPAN("client"),
		.nonce = STO_SPAN("n-0S6_WzA2Mj"),
		.leeway_sec = 30,
		.max_iat_age_sec = 600,
		.max_age_sec = 3600,
		.access_token_text = STO_SPAN("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
		.alg = STO_ALG_RS256,
	};
	const struct sto_claims_policy little = {
		.audience = STO_SPAN("client"), .access_token = true, .max_age_sec = -1};
	json_t *claims = NULL;
	if (sto_json_parse(&claims, sto_span_of(data, size), NULL) != STO_OK)
		return 0;
	check(claims, &all);
	check(claims, &little);
	json_decref(claims);
	return 0;
}
