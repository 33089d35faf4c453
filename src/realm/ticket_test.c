/* Tickets and the tokens of forms: good for one purpose, for a while, and once. */
#include <stdio.h>

#include "base/bounds.h"
#include "base/json.h"
#include "realm/test_site.h"

static struct test_site site;
static struct sto_buf ticket;

static int setup(void **state)
{
	(void)state;
	test_site_open(&site, "{" TEST_ONE "}");
	sto_buf_init(&ticket, STO_LIMIT_URL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sto_buf_finish(&ticket);
	test_site_close(&site);
	return 0;
}

static void seal(enum sto_ticket_kind kind)
{
	sto_buf_clear(&ticket);
	assert_ok(sto_ticket_seal(&ticket, site.realm, kind, json_pack("{s:s}", "a", "b")));
}

static int open_as(enum sto_ticket_kind kind)
{
	json_t *content = NULL;
	int rc = sto_ticket_open(&content, site.realm, kind, sto_buf_span(&ticket));
	assert_true((content != NULL) == (rc == STO_OK));
	if (rc == STO_OK)
		assert_string_equal(json_string_value(json_object_get(content, "a")), "b");
	json_decref(content);
	return rc;
}

static void a_ticket_opens_as_its_own_kind_alone(void **state)
{
	(void)state;
	for (int made = STO_TICKET_LOGIN; made <= STO_TICKET_RETURN; made++) {
		seal((enum sto_ticket_kind)made);
		for (int kind = STO_TICKET_LOGIN; kind <= STO_TICKET_RETURN; kind++)
			assert_int_equal(open_as((enum sto_ticket_kind)kind),
					 kind == made ? STO_OK : STO_TICKET_BAD);
	}
}

static void a_ticket_ends(void **state)
{
	static const int64_t lives[] = {
		[STO_TICKET_LOGIN] = 120, [STO_TICKET_LOGOUT] = 120, [STO_TICKET_RETURN] = 3600};
	(void)state;
	for (int kind = STO_TICKET_LOGIN; kind <= STO_TICKET_RETURN; kind++) {
		seal((enum sto_ticket_kind)kind);
		test_wait(&site, lives[kind] - 1);
		assert_ok(open_as((enum sto_ticket_kind)kind));
		test_wait(&site, 1);
		assert_int_equal(open_as((enum sto_ticket_kind)kind), STO_TICKET_EXPIRED);
	}
}

static void a_changed_ticket_is_bad(void **state)
{
	(void)state;
	seal(STO_TICKET_LOGIN);
	for (size_t i = 0; i < ticket.len; i++) {
		uint8_t kept = ticket.data[i];
		ticket.data[i] = kept == 'A' ? 'B' : 'A';
		assert_int_equal(open_as(STO_TICKET_LOGIN), STO_TICKET_BAD);
		ticket.data[i] = kept;
	}
	assert_ok(open_as(STO_TICKET_LOGIN));
	assert_ok(sto_buf_put_byte(&ticket, 'A'));
	assert_int_equal(open_as(STO_TICKET_LOGIN), STO_TICKET_BAD);
}

static void nothing_and_too_much_are_bad(void **state)
{
	(void)state;
	assert_int_equal(open_as(STO_TICKET_LOGIN), STO_TICKET_BAD);
	for (int i = 0; i < 5000; i++)
		assert_ok(sto_buf_put_byte(&ticket, 'A'));
	assert_int_equal(open_as(STO_TICKET_LOGIN), STO_TICKET_BAD);
}

static void what_does_not_fit_a_ticket_is_refused(void **state)
{
	char text[4000];
	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(
		sto_ticket_seal(&ticket, site.realm, STO_TICKET_LOGIN, json_pack("{s:s}", "a", text)),
		STO_TOO_LARGE);
	assert_int_equal(ticket.len, 0);
}

static void a_ticket_is_used_once(void **state)
{
	json_t *content = NULL, *other = NULL;
	(void)state;
	seal(STO_TICKET_LOGOUT);
	assert_ok(sto_ticket_open(&content, site.realm, STO_TICKET_LOGOUT, sto_buf_span(&ticket)));
	seal(STO_TICKET_LOGOUT);
	assert_ok(sto_ticket_open(&other, site.realm, STO_TICKET_LOGOUT, sto_buf_span(&ticket)));
	assert_ok(sto_ticket_use(site.realm, content, NULL));
	assert_int_equal(sto_ticket_use(site.realm, content, NULL), STO_TICKET_USED);
	test_wait(&site, STO_TICKET_SEC - 1);
	assert_int_equal(sto_ticket_use(site.realm, content, NULL), STO_TICKET_USED);
	assert_ok(sto_ticket_use(site.realm, other, NULL));
	json_decref(content);
	json_decref(other);
}

static void a_ticket_without_a_name_cannot_be_used(void **state)
{
	json_t *content = json_pack("{s:i}", "end", 2000000000);
	(void)state;
	assert_int_equal(sto_ticket_use(site.realm, content, NULL), STO_TICKET_BAD);
	json_decref(content);
}

/* CS-36: for a session and an app. */
static void cs_36_a_token_is_of_one_session(void **state)
{
	static const uint8_t one[STO_SESSION_ID_LEN] = {1}, two[STO_SESSION_ID_LEN] = {2};
	struct sto_span first = sto_span_of(one, sizeof(one)), second = sto_span_of(two, sizeof(two));
	(void)state;
	assert_ok(sto_csrf_put(&ticket, site.realm, first));
	struct sto_span token = sto_buf_span(&ticket);
	assert_true(sto_csrf_holds(site.realm, first, token));
	assert_false(sto_csrf_holds(site.realm, second, token));
	assert_false(sto_csrf_holds(site.realm, (struct sto_span){NULL, 0}, token));
	assert_false(sto_csrf_holds(site.realm, first, (struct sto_span){NULL, 0}));
	assert_false(sto_csrf_holds(site.realm, first, sto_span_slice(token, 0, token.len - 1)));
	for (size_t i = 0; i < ticket.len; i++) {
		uint8_t kept = ticket.data[i];
		ticket.data[i] = kept == 'A' ? 'E' : 'A';
		assert_false(sto_csrf_holds(site.realm, first, token));
		ticket.data[i] = kept;
	}
}

static void a_rotated_key_keeps_tokens_and_another_app_has_its_own(void **state)
{
	static const uint8_t id[STO_SESSION_ID_LEN] = {1};
	struct sto_span session = sto_span_of(id, sizeof(id));
	(void)state;
	assert_ok(sto_csrf_put(&ticket, site.realm, session));
	test_site_restart(&site, "{" TEST_ONE ", 'secret': ['Zk3nT8wQ1rY6uP0aS5dF2gH7jL4xC9vB8mN1qW6eR3M', "
				 "'q4t8Vd1mR7xK2pZ9sWb5nYc3jLf6hGa0eUoTiXyBvNM']}");
	assert_true(sto_csrf_holds(site.realm, session, sto_buf_span(&ticket)));
	test_site_restart(&site, "{" TEST_ONE ", 'public_url': 'https://other.example'}");
	assert_false(sto_csrf_holds(site.realm, session, sto_buf_span(&ticket)));
}

static int login_ticket(const char *request)
{
	sto_buf_clear(&ticket);
	return sto_realm_login_ticket(&ticket, site.realm, sto_span_str(request), NULL);
}

static void lf_16_a_script_sets_no_parameter_of_the_protocol(void **state)
{
	static const char *const theirs[] = {"state",          "nonce",         "redirect_uri", "client_id",
					     "code_challenge", "response_type", "request_uri"};
	(void)state;
	assert_ok(login_ticket("{\"provider\": \"one\", \"params\": {\"login_hint\": \"ada\"}}"));
	for (size_t i = 0; i < sizeof(theirs) / sizeof(theirs[0]); i++) {
		char request[120];
		(void)snprintf(request, sizeof(request), "{\"params\": {\"%s\": \"x\"}}", theirs[i]);
		assert_int_equal(login_ticket(request), STO_USAGE);
		assert_int_equal(ticket.len, 0);
	}
	assert_int_equal(login_ticket("{\"params\": {\"login_hint\": []}}"), STO_USAGE);
	assert_int_equal(login_ticket("{\"provider\": \"three\"}"), STO_USAGE);
}

#define FACT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(a_ticket_opens_as_its_own_kind_alone),
		FACT(a_ticket_ends),
		FACT(a_changed_ticket_is_bad),
		FACT(nothing_and_too_much_are_bad),
		FACT(what_does_not_fit_a_ticket_is_refused),
		FACT(a_ticket_is_used_once),
		FACT(a_ticket_without_a_name_cannot_be_used),
		FACT(cs_36_a_token_is_of_one_session),
		FACT(a_rotated_key_keeps_tokens_and_another_app_has_its_own),
		FACT(lf_16_a_script_sets_no_parameter_of_the_protocol),
	};
	return cmocka_run_group_tests_name("realm/ticket", tests, NULL, NULL);
}
