#include "jose/claims.h"

#include "base/json.h"
#include "jose/numeric_date.h"

#define LEEWAY_MAX 300

/* What every check is handed. */
struct check {
	struct sto_claims_found *found;
	const json_t *claims;
	const struct sto_claims_policy *policy;
	int64_t now_sec;
	struct sto_error *err;
};

static bool is_blank(struct sto_span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] > ' ')
			return false;
	return true;
}

/* An essential string: present, a string, more than white space. */
static int get_essential(struct sto_span *out, const struct check *c, const char *name)
{
	if (!sto_json_get_str(out, c->claims, name))
		return sto_fail(c->err, STO_CLAIM_MISSING, "\"%s\" is absent or no string", name);
	if (is_blank(*out))
		return sto_fail(c->err, STO_CLAIM_MISSING, "\"%s\" is blank", name);
	return STO_OK;
}

static bool is_string(const json_t *value, struct sto_span expected)
{
	return json_is_string(value) &&
	       sto_span_equal(sto_span_of(json_string_value(value), json_string_length(value)), expected);
}

/* OIDC Core 3.1.3.7 point 2, RFC 9068 section 4: exact, no prefix, no other case. */
static int check_iss(const struct check *c)
{
	int rc = get_essential(&c->found->iss, c, "iss");
	struct sto_span expected = c->policy->issuer;
	if (rc != STO_OK || expected.len == 0 || sto_span_equal(c->found->iss, expected))
		return rc;
	return sto_fail(c->err, STO_CLAIM_ISS, "\"iss\" is not %.*s", (int)expected.len, expected.ptr);
}

static int check_sub(const struct check *c)
{
	return get_essential(&c->found->sub, c, "sub");
}

/* RFC 7519 section 4.1.3: a string or a list of strings. */
static bool aud_is_well_formed(const json_t *aud)
{
	const json_t *one;
	size_t i;
	if (json_is_string(aud))
		return json_string_length(aud) > 0;
	if (!json_is_array(aud) || json_array_size(aud) == 0)
		return false;
	json_array_foreach(aud, i, one)
	{
		if (!json_is_string(one) || json_string_length(one) == 0)
			return false;
	}
	return true;
}

static bool aud_holds(const json_t *aud, struct sto_span expected)
{
	const json_t *one;
	size_t i;
	if (is_string(aud, expected))
		return true;
	json_array_foreach(aud, i, one)
	{
		if (is_string(one, expected))
			return true;
	}
	return false;
}

/* OIDC Core 3.1.3.7 point 3, RFC 9068 section 4 */
static int check_aud(const struct check *c)
{
	struct sto_span expected = c->policy->audience;
	const json_t *aud = json_object_get(c->claims, "aud");
	if (!aud_is_well_formed(aud))
		return sto_fail(c->err, STO_CLAIM_MISSING, "\"aud\" is absent or names nobody");
	if (aud_holds(aud, expected))
		return STO_OK;
	return sto_fail(c->err, STO_CLAIM_AUD, "\"aud\" does not hold %.*s", (int)expected.len, expected.ptr);
}

/* OIDC Core 3.1.3.7 points 4 and 5; for access tokens "client_id" of RFC 9068 section 2.2. */
static int check_azp(const struct check *c)
{
	const char *name = c->policy->access_token ? "client_id" : "azp";
	struct sto_span expected = c->policy->client_id;
	const json_t *azp = json_object_get(c->claims, name);
	if (expected.len == 0)
		return STO_OK;
	if (azp != NULL && !is_string(azp, expected))
		return sto_fail(c->err, STO_CLAIM_AZP, "\"%s\" is not %.*s", name, (int)expected.len,
				expected.ptr);
	if (azp == NULL && !c->policy->access_token && json_array_size(json_object_get(c->claims, "aud")) > 1)
		return sto_fail(c->err, STO_CLAIM_AZP, "several \"aud\" and no \"azp\"");
	return STO_OK;
}

/* An essential time: STO_CLAIM_MISSING where it is no number at all. */
static int get_essential_date(int64_t *out_sec, const struct check *c, const char *name)
{
	const json_t *value = json_object_get(c->claims, name);
	if (!json_is_number(value))
		return sto_fail(c->err, STO_CLAIM_MISSING, "\"%s\" is absent or no number", name);
	if (!sto_numeric_date_floor(out_sec, value))
		return sto_fail(c->err, STO_CLAIM_TIME, "\"%s\" is out of range", name);
	return STO_OK;
}

/* OIDC Core 3.1.3.7 point 9, RFC 7519 section 4.1.4: now must be before. */
static int check_exp(const struct check *c)
{
	int rc = get_essential_date(&c->found->exp_sec, c, "exp");
	if (rc != STO_OK)
		return rc;
	int64_t late = c->now_sec - c->found->exp_sec;
	if (late < c->policy->leeway_sec)
		return STO_OK;
	return sto_fail(c->err, STO_CLAIM_EXPIRED, "\"exp\" was %lld s ago", (long long)late);
}

/* RFC 7519 section 4.1.5 */
static int check_nbf(const struct check *c)
{
	int64_t nbf = 0;
	const json_t *value = json_object_get(c->claims, "nbf");
	if (value == NULL)
		return STO_OK;
	if (!sto_numeric_date_ceil(&nbf, value))
		return sto_fail(c->err, STO_CLAIM_TIME, "\"nbf\" is no time");
	int64_t early = nbf - c->now_sec;
	if (early <= c->policy->leeway_sec)
		return STO_OK;
	return sto_fail(c->err, STO_CLAIM_NOT_YET, "\"nbf\" is in %lld s", (long long)early);
}

/* OIDC Core 3.1.3.7 point 10 */
static int check_iat_of_id_token(const struct check *c)
{
	int64_t limit = c->policy->max_iat_age_sec;
	int rc = get_essential_date(&c->found->iat_sec, c, "iat");
	if (rc != STO_OK)
		return rc;
	int64_t age = c->now_sec - c->found->iat_sec;
	if (-age > c->policy->leeway_sec)
		return sto_fail(c->err, STO_CLAIM_NOT_YET, "\"iat\" is in %lld s", (long long)-age);
	if (limit > 0 && age - c->policy->leeway_sec > limit)
		return sto_fail(c->err, STO_CLAIM_IAT, "\"iat\" was %lld s ago", (long long)age);
	return STO_OK;
}

static int check_iat(const struct check *c)
{
	const json_t *value = json_object_get(c->claims, "iat");
	if (!c->policy->access_token)
		return check_iat_of_id_token(c);
	if (value != NULL && !sto_numeric_date_floor(&c->found->iat_sec, value))
		return sto_fail(c->err, STO_CLAIM_TIME, "\"iat\" is no time");
	return STO_OK;
}

/* OIDC Core 3.1.3.7 point 11 */
static int check_nonce(const struct check *c)
{
	struct sto_span nonce;
	if (c->policy->access_token || c->policy->nonce.len == 0)
		return STO_OK;
	if (!sto_json_get_str(&nonce, c->claims, "nonce"))
		return sto_fail(c->err, STO_CLAIM_NONCE, "\"nonce\" is absent or no string");
	if (!sto_span_equal_secret(nonce, c->policy->nonce))
		return sto_fail(c->err, STO_CLAIM_NONCE, "\"nonce\" is another");
	return STO_OK;
}

/* OIDC Core 3.1.3.7 point 13 */
static int check_auth_time(const struct check *c)
{
	int64_t auth_time = 0;
	const json_t *value = json_object_get(c->claims, "auth_time");
	if (c->policy->max_age_sec < 0)
		return STO_OK;
	if (value == NULL)
		return sto_fail(c->err, STO_CLAIM_AUTH_TIME, "\"auth_time\" is absent");
	if (!sto_numeric_date_floor(&auth_time, value))
		return sto_fail(c->err, STO_CLAIM_TIME, "\"auth_time\" is no time");
	int64_t age = c->now_sec - auth_time;
	if (-age > c->policy->leeway_sec)
		return sto_fail(c->err, STO_CLAIM_AUTH_TIME, "\"auth_time\" is in %lld s", (long long)-age);
	if (age - c->policy->leeway_sec > c->policy->max_age_sec)
		return sto_fail(c->err, STO_CLAIM_AUTH_TIME, "\"auth_time\" was %lld s ago", (long long)age);
	return STO_OK;
}

/* OIDC Core 3.1.3.8 */
static int check_at_hash(const struct check *c)
{
	struct sto_span claimed;
	struct sto_buf expected;
	if (c->policy->access_token_text.len == 0 || json_object_get(c->claims, "at_hash") == NULL)
		return STO_OK;
	sto_buf_init(&expected, 64);
	int rc = sto_at_hash(&expected, c->policy->alg, c->policy->access_token_text);
	if (rc != STO_OK)
		rc = sto_fail(c->err, rc, "\"at_hash\" cannot be computed");
	else if (!sto_json_get_str(&claimed, c->claims, "at_hash") ||
		 !sto_span_equal_secret(claimed, sto_buf_span(&expected)))
		rc = sto_fail(c->err, STO_CLAIM_AT_HASH, "\"at_hash\" is not that of the access token");
	sto_buf_finish(&expected);
	return rc;
}

/* A policy that could let everything pass, or overflow, is a mistake of ours. */
static int check_policy(const struct sto_claims_policy *policy, int64_t now_sec, struct sto_error *err)
{
	if (policy->audience.len == 0)
		return sto_fail(err, STO_USAGE, "a policy without audience");
	if (policy->leeway_sec < 0 || policy->leeway_sec > LEEWAY_MAX)
		return sto_fail(err, STO_USAGE, "a leeway that is not 0 to %d s", LEEWAY_MAX);
	if (policy->max_iat_age_sec < 0)
		return sto_fail(err, STO_USAGE, "a negative age of \"iat\"");
	if (now_sec < 0 || now_sec > STO_NUMERIC_DATE_MAX)
		return sto_fail(err, STO_USAGE, "a clock out of range");
	return STO_OK;
}

int sto_claims_check(struct sto_claims_found *found, const json_t *claims,
		     const struct sto_claims_policy *policy, int64_t now_sec, struct sto_error *err)
{
	static int (*const checks[])(const struct check *) = {
		check_iss, check_sub, check_aud,   check_azp,       check_exp,
		check_nbf, check_iat, check_nonce, check_auth_time, check_at_hash,
	};
	const struct check c = {found, claims, policy, now_sec, err};
	*found = (struct sto_claims_found){.iat_sec = -1};
	int rc = check_policy(policy, now_sec, err);
	if (rc == STO_OK && !json_is_object(claims))
		rc = sto_fail(err, STO_CLAIM_MISSING, "claims that are no JSON object");
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]) && rc == STO_OK; i++)
		rc = checks[i](&c);
	return rc;
}
