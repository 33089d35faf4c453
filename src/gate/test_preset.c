#include "gate/test_preset.h"

#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "base/json.h"
#include "base/test.h"
#include "jose/claims.h"

static void fill_times(json_t *claims, int64_t now_sec)
{
	static const struct {
		const char *name;
		int64_t from_now_sec;
	} times[] = {{"iat", 0}, {"nbf", 0}, {"exp", 3600}, {"auth_time", -20}};
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (json_object_get(claims, times[i].name) != NULL)
			(void)json_object_set_new(claims, times[i].name,
						  json_integer(now_sec + times[i].from_now_sec));
}

static void fill(json_t *claims, const struct test_provider *p, struct sto_span access_token)
{
	struct sto_buf at_hash;
	fill_times(claims, p->now_sec);
	if (json_object_get(claims, "nonce") != NULL)
		(void)json_object_set_new(claims, "nonce", sto_json_str(sto_buf_span(&p->nonce)));
	if (json_object_get(claims, "at_hash") == NULL)
		return;
	sto_buf_init(&at_hash, 100);
	assert_ok(sto_at_hash(&at_hash, p->alg, access_token));
	(void)json_object_set_new(claims, "at_hash", sto_json_str(sto_buf_span(&at_hash)));
	sto_buf_finish(&at_hash);
}

static void change(json_t *claims, json_t *changes)
{
	const char *name;
	json_t *value;
	json_object_foreach(changes, name, value)
	{
		if (json_is_null(value))
			(void)json_object_del(claims, name);
		else
			(void)json_object_set(claims, name, value);
	}
}

static json_t *token_answer(const struct test_imitation *m)
{
	json_t *answer = json_loads(m->preset->token, 0, NULL);
	struct sto_span access;
	assert_non_null(answer);
	assert_true(sto_json_get_str(&access, answer, "access_token"));
	if (m->preset->id_claims == NULL)
		return answer;
	json_t *claims = json_loads(m->preset->id_claims, 0, NULL);
	assert_non_null(claims);
	fill(claims, m->provider, access);
	change(claims, m->id_changes);
	char *token = test_jwt(m->provider, claims, "JWT");
	(void)json_object_set_new(answer, "id_token", json_string(token));
	free(token);
	json_decref(claims);
	return answer;
}

/* The good answer at that URL, a new object; the test fails where nothing is. */
static json_t *answer_at(const struct test_imitation *m, struct sto_span url, const char *method)
{
	if (sto_span_equal(url, sto_span_str(m->preset->token_url))) {
		assert_string_equal(method, "POST");
		return token_answer(m);
	}
	assert_string_equal(method, "GET");
	if (sto_span_equal(url, sto_span_str(m->preset->jwks_url)))
		return json_pack("{s:[o]}", "keys", sto_jwk_public_json(m->provider->key));
	for (size_t i = 0; i < TEST_PRESET_PAGES; i++)
		if (m->preset->pages[i].url != NULL &&
		    sto_span_equal(url, sto_span_str(m->preset->pages[i].url)))
			return json_loads(m->preset->pages[i].body, 0, NULL);
	fail_msg("nothing is at %.*s", (int)url.len, (const char *)url.ptr);
	return NULL;
}

static bool wants_json(const struct sto_fetch *request)
{
	for (size_t i = 0; i < request->n_headers; i++)
		if (sto_span_equal_nocase(request->headers[i].name, STO_SPAN("Accept")))
			return sto_span_starts_with(request->headers[i].value, STO_SPAN("application/json"));
	return false;
}

static int imitate(void *ctx, struct sto_fetched *out, const struct sto_fetch *request, struct sto_error *err)
{
	struct test_imitation *m = ctx;
	m->n_fetches++;
	sto_buf_clear(&m->last_url);
	assert_ok(sto_buf_put(&m->last_url, request->url));
	if (request->body.len > 0) {
		/* Without it GitHub answers a form. */
		assert_true(wants_json(request));
		sto_buf_clear(&m->last_form);
		assert_ok(sto_buf_put(&m->last_form, request->body));
	}
	out->status = 200;
	out->max_age_sec = out->date_sec = -1;
	if (m->other_url != NULL && sto_span_equal(request->url, sto_span_str(m->other_url))) {
		if (m->other.rc != STO_OK)
			return sto_fail(err, m->other.rc, "as the test said");
		out->status = m->other.status;
		return sto_buf_put_str(&out->body, m->other.body);
	}
	json_t *good = answer_at(m, request->url, request->method);
	assert_non_null(good);
	int rc = sto_json_dump(&out->body, good);
	json_decref(good);
	return rc;
}

static const struct sto_transport_ops imitation_ops = {
	STO_TRANSPORT_ABI, sizeof(struct sto_transport_ops), "imitation", NULL, imitate, NULL};

void test_imitation_init(struct test_imitation *m, struct test_provider *provider,
			 const struct test_preset *preset)
{
	*m = (struct test_imitation){.provider = provider, .preset = preset};
	sto_buf_init(&m->last_url, STO_LIMIT_URL);
	sto_buf_init(&m->last_form, STO_LIMIT_FORM);
	provider->transport = (struct sto_transport){&imitation_ops, m};
}

void test_imitation_finish(struct test_imitation *m)
{
	json_decref(m->id_changes);
	sto_buf_finish(&m->last_url);
	sto_buf_finish(&m->last_form);
}

const char *test_preset_sign_in(sto_login **login, struct test_imitation *m, sto_gate *gate)
{
	struct test_browser browser = {""};
	struct test_link link;
	*login = NULL;
	test_begin(&link, m->provider, gate, &browser);
	json_t *params = test_callback(&link);
	if (m->preset->iss != NULL)
		(void)json_object_set_new(params, "iss", json_pack("[s]", m->preset->iss));
	else
		(void)json_object_del(params, "iss");
	const char *reason = test_reason(test_finish(login, gate, &browser, params));
	test_link_finish(&link);
	return reason;
}
