/* With which rights a request of the provider's leaves this machine. */
#include "base/test.h"
#include "provider/oidc/internal.h"

static struct sto_fetch last;

static int keep(void *ctx, struct sto_fetched *out, const struct sto_fetch *request, struct sto_error *err)
{
	(void)ctx;
	(void)err;
	last = *request;
	out->status = 200;
	return STO_OK;
}

static const struct sto_transport_ops keeping_ops = {
	STO_TRANSPORT_ABI, sizeof(struct sto_transport_ops), "keeping", NULL, keep, NULL};
static struct sto_transport keeping = {&keeping_ops, NULL};

static int lend(struct sto_transport **out, void *ctx, struct sto_error *err)
{
	(void)ctx;
	(void)err;
	*out = &keeping;
	return STO_OK;
}

static struct sto_oidc_settings google(void)
{
	return (struct sto_oidc_settings){.issuer = STO_SPAN("https://accounts.google.com"),
					  .timeout_ms = 1234};
}

static struct sto_fetch fetch_of(const char *url)
{
	const struct sto_oidc_settings settings = google();
	struct sto_oidc_world world = {sto_world_system(), NULL, lend};
	struct sto_fetched answer;
	struct sto_fetch request = {.method = "GET", .url = sto_span_str(url), .max_body = 10};
	sto_oidc *oidc = NULL;
	assert_ok(sto_oidc_new(&oidc, &settings, &world, NULL));
	sto_fetched_init(&answer, 10);
	assert_ok(sto_oidc_fetch(&answer, oidc, &request, NULL));
	sto_fetched_finish(&answer);
	sto_oidc_free(oidc);
	return last;
}

/* JD-04, JD-06: only what the operator wrote down may be a private address. */
static void jd_06_a_host_learnt_from_metadata_must_be_public(void **state)
{
	(void)state;
	assert_true(fetch_of("https://accounts.google.com/keys").allow_private);
	assert_false(fetch_of("https://oauth2.googleapis.com/token").allow_private);
	assert_false(fetch_of("https://accounts.google.com.evil.example/").allow_private);
}

static void each_request_has_the_configured_deadline(void **state)
{
	(void)state;
	assert_int_equal(fetch_of("https://accounts.google.com/keys").timeout_ms, 1234);
}

/* JD-02 */
static void jd_02_plain_http_stays_on_a_machine_that_began_there(void **state)
{
	const struct sto_oidc_settings settings = google();
	struct sto_oidc_world world = {sto_world_system(), NULL, lend};
	sto_oidc *oidc = NULL;
	(void)state;
	assert_ok(sto_oidc_new(&oidc, &settings, &world, NULL));
	assert_true(sto_oidc_may_use(oidc, STO_SPAN("http://localhost:9000"),
				     STO_SPAN("http://localhost:9000/t")));
	assert_false(sto_oidc_may_use(oidc, STO_SPAN("https://op.example"), STO_SPAN("http://op.example/t")));
	assert_false(sto_oidc_may_use(oidc, STO_SPAN("https://localhost.example"),
				      STO_SPAN("http://localhost/t")));
	assert_false(sto_oidc_may_use(oidc, STO_SPAN("https://op.example"),
				      STO_SPAN("https://op.example.evil/t")));
	sto_oidc_free(oidc);
}

/* Not even a host that the operator listed is reached without TLS from an issuer that is elsewhere. */
static void jd_02_a_listed_host_needs_tls_as_well(void **state)
{
	struct sto_oidc_settings settings = google();
	struct sto_oidc_world world = {sto_world_system(), NULL, lend};
	json_t *hosts = json_pack("[s]", "localhost");
	sto_oidc *oidc = NULL;
	(void)state;
	settings.endpoint_hosts = hosts;
	assert_ok(sto_oidc_new(&oidc, &settings, &world, NULL));
	assert_false(sto_oidc_may_use(oidc, settings.issuer, STO_SPAN("http://localhost/t")));
	assert_true(sto_oidc_may_use(oidc, settings.issuer, STO_SPAN("https://localhost/t")));
	sto_oidc_free(oidc);
	json_decref(hosts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jd_06_a_host_learnt_from_metadata_must_be_public),
		cmocka_unit_test(each_request_has_the_configured_deadline),
		cmocka_unit_test(jd_02_a_listed_host_needs_tls_as_well),
		cmocka_unit_test(jd_02_plain_http_stays_on_a_machine_that_began_there),
	};
	return cmocka_run_group_tests_name("provider/oidc_outbound", tests, NULL, NULL);
}
