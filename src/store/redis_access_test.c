/* Who may use a server, and which server may be used: users, passwords, databases, eviction, certificates. */
#include <openssl/pem.h>

#include "base/test_identity.h"
#include "store/redis_fixture.h"

/* What an operator gives the user of an app; docs/deployment.md says the same. */
#define ACL_COMMANDS                                                                                         \
	"+select +eval +evalsha +get +set +del +exists +pexpire +pttl +getrange +hset +hmget +zadd +zrem "   \
	"+zrangebylex +zremrangebylex +zlexcount +xadd +xrange +xrevrange"

static void lg_04_a_server_that_turns_us_away_names_no_password(void **state)
{
	static const char *const urls[] = {"redis://st:canary@", "redis://:canary@",
					   "redis://nobody:canary@"};
	char text[128];
	struct sto_store none;
	(void)state;
	(void)test_redis_say(&redis, "CONFIG SET requirepass right");
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		(void)snprintf(text, sizeof(text), "%s127.0.0.1:%s", urls[i], redis.more[1]);
		use(text);
		assert_int_equal(test_redis_open(&none, &options, &err), STO_STORE_SETUP);
		assert_null(none.ops);
		assert_null(strstr(err.detail, "canary"));
		assert_non_null(strstr(err.detail, "redis://127.0.0.1:"));
		assert_non_null(strstr(err.detail, "WRONGPASS"));
	}
	(void)snprintf(text, sizeof(text), "redis://127.0.0.1:%s", redis.more[1]);
	use(text);
	assert_int_equal(test_redis_open(&none, &options, &err), STO_STORE_SETUP);
	assert_non_null(strstr(err.detail, "NOAUTH"));
	options.password = STO_SPAN("right");
	assert_ok(test_redis_open(&none, &options, &err));
	sto_store_close(&none);
}

/* A server that does not know AUTH quotes its arguments. */
static void lg_04_what_a_server_quotes_is_not_repeated(void **state)
{
	struct sto_store none;
	(void)state;
	use(redis.url);
	options.user = STO_SPAN("canary");
	options.password = STO_SPAN("canary");
	assert_int_equal(test_redis_open(&none, &options, &err), STO_STORE_SETUP);
	assert_null(strstr(err.detail, "canary"));
	assert_non_null(strstr(err.detail, "ERR to AUTH"));
}

static int start_without_auth(void **state)
{
	static const char *const more[] = {"--rename-command", "AUTH", "", NULL};
	(void)state;
	test_redis_start(&redis, more);
	return open_both();
}

static char port[8];
static const char *const on_port[] = {"--port", port, NULL};

static int start_on_port(void **state)
{
	(void)state;
	(void)snprintf(port, sizeof(port), "%u", (unsigned)test_redis_free_port());
	test_redis_start(&redis, on_port);
	return open_both();
}

static void use_port(const char *before, const char *after)
{
	char text[128];
	(void)snprintf(text, sizeof(text), "%slocalhost:%s%s", before, port, after);
	use(text);
}

static void a_user_with_the_commands_of_the_manual_is_enough(void **state)
{
	struct sto_session_store own;
	(void)state;
	(void)test_redis_say(&redis, "ACL SETUSER app on >app@word ~st:* " ACL_COMMANDS);
	use_port("redis://app:app%40word@", "/3");
	sto_store_close(&marks);
	assert_ok(test_redis_open(&marks, &options, &err));
	assert_int_equal(warning.code, STO_OK); /* it may not ask about eviction */
	assert_ok(put_once("mark"));
	assert_ok(get("mark"));
	assert_ok(test_redis_open_sessions(&own, &options, fixture_world(), &err));
	sto_session_store_close(&f.store);
	f.store = own;
	sto_sessions_free(f.sessions);
	f.sessions = fixture_sessions(f.ring, 7 * DAY, 3600);
	sign_in("jane");
	assert_ok(open_it());
	the_time = NOW + 600;
	assert_ok(sto_session_touch(NULL, f.sessions, &f.session, NULL));
	assert_ok(sto_session_end(f.sessions, sto_buf_span(&f.cookie), NULL));
	assert_int_equal(test_redis_number(&redis, "EXISTS st:{m}emark"), 0); /* that is database 0 */
}

static void a_user_who_may_too_little_is_told_at_once(void **state)
{
	struct sto_store none;
	struct sto_session_store no_sessions;
	(void)state;
	(void)test_redis_say(&redis, "ACL SETUSER poor on >word ~st:* +get +set");
	(void)test_redis_say(&redis, "ACL SETUSER elsewhere on >word ~other:* +@all");
	use_port("redis://poor:word@", "");
	assert_int_equal(test_redis_open(&none, &options, &err), STO_STORE_SETUP);
	assert_non_null(strstr(err.detail, "NOPERM"));
	use_port("redis://elsewhere:word@", "");
	assert_int_equal(test_redis_open_sessions(&no_sessions, &options, fixture_world(), &err),
			 STO_STORE_SETUP);
	assert_non_null(strstr(err.detail, "NOPERM"));
}

static void a_database_that_is_not_there_is_refused(void **state)
{
	struct sto_store none;
	(void)state;
	use_port("redis://", "/999");
	assert_int_equal(test_redis_open(&none, &options, &err), STO_STORE_SETUP);
	assert_non_null(strstr(err.detail, "ERR to SELECT"));
}

static void a_server_that_evicts_is_warned_of(void **state)
{
	struct sto_store store;
	(void)state;
	(void)test_redis_say(&redis, "CONFIG SET maxmemory-policy allkeys-lru");
	use(redis.url);
	assert_ok(test_redis_open(&store, &options, &err));
	assert_int_equal(warning.code, STO_STORE_SETUP);
	assert_non_null(strstr(warning.detail, "allkeys-lru"));
	sto_store_close(&store);
	(void)test_redis_say(&redis, "CONFIG SET maxmemory-policy noeviction");
	assert_ok(test_redis_open(&store, &options, &err));
	assert_int_equal(warning.code, STO_OK);
	sto_store_close(&store);
}

static void options_that_are_wrong_are_named(void **state)
{
	struct sto_store none;
	(void)state;
	use("redis://user:word@localhost");
	options.password = STO_SPAN("canary");
	assert_int_equal(test_redis_open(&none, &options, &err), STO_STORE_SETUP);
	assert_non_null(strstr(err.detail, "password"));
	assert_null(strstr(err.detail, "canary"));
	use("redis://localhost");
	options.ca_file = STO_SPAN("/etc/ssl/certs/ca-certificates.crt");
	assert_int_equal(test_redis_open(&none, &options, &err), STO_STORE_SETUP);
	assert_non_null(strstr(err.detail, "rediss://"));
	use("rediss://localhost");
	options.ca_file = STO_SPAN("/dev/null");
	assert_int_equal(test_redis_open(&none, &options, &err), STO_STORE_SETUP);
	assert_non_null(strstr(err.detail, "no PEM certificate in /dev/null"));
	use("redis://localhost");
	options.prefix = STO_SPAN("a{b}");
	assert_int_equal(test_redis_open(&none, &options, &err), STO_STORE_SETUP);
	assert_non_null(strstr(err.detail, "prefix"));
	use("redis://localhost");
	options.timeout_ms = -1;
	assert_int_equal(test_redis_open(&none, &options, &err), STO_STORE_SETUP);
	use("http://localhost");
	assert_int_equal(test_redis_open(&none, &options, &err), STO_URL_MALFORMED);
}

/* ---- TLS ---- */

static struct test_identity authority;

static void write_key(const struct test_identity *identity, const char *path)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(PEM_write_PrivateKey(file, identity->key, NULL, NULL, 0, NULL, NULL), 1);
	assert_ok(fclose(file));
}

static int make_authority(void **state)
{
	int rc = make_folder(state);
	authority = test_identity_make(NULL, -DAY, DAY, NULL, true);
	test_identity_write(&authority, path_of("ca.pem"));
	return rc;
}

static int drop_authority(void **state)
{
	test_identity_free(&authority);
	return remove_folder(state);
}

/* What opening gives at a server with a certificate for `names`, signed by `issuer`. */
static int open_tls(const char *names, const struct test_identity *issuer, const char *host, const char *ca)
{
	char cert[300], key[300], ca_file[300], number[8], text[64];
	const char *more[] = {"--tls-port",
			      number,
			      "--tls-cert-file",
			      cert,
			      "--tls-key-file",
			      key,
			      "--tls-ca-cert-file",
			      ca_file,
			      "--tls-auth-clients",
			      "no",
			      NULL};
	struct test_identity identity = test_identity_make(names, -DAY, DAY, issuer, false);
	(void)snprintf(cert, sizeof(cert), "%s", path_of("cert.pem"));
	(void)snprintf(key, sizeof(key), "%s", path_of("key.pem"));
	(void)snprintf(ca_file, sizeof(ca_file), "%s", path_of("ca.pem"));
	(void)snprintf(number, sizeof(number), "%u", (unsigned)test_redis_free_port());
	test_identity_write(&identity, cert);
	write_key(&identity, key);
	test_identity_free(&identity);
	test_redis_start(&redis, more);
	(void)snprintf(text, sizeof(text), "rediss://%s:%s", host, number);
	use(text);
	options.ca_file = sto_span_str(ca == NULL ? NULL : ca_file);
	int rc = test_redis_open(&marks, &options, &err);
	if (rc == STO_OK) {
		assert_int_equal(warning.code, STO_OK);
		assert_ok(put_once("mark"));
		assert_int_equal(put_once("mark"), STO_STORE_EXISTS);
		(void)test_redis_say(&redis, "CLIENT KILL TYPE normal");
		assert_ok(get("mark")); /* by a connection of its own */
	}
	sto_store_close(&marks);
	test_redis_stop(&redis);
	return rc;
}

static void tls_with_a_certificate_that_holds_works(void **state)
{
	(void)state;
	assert_ok(open_tls("IP:127.0.0.1", &authority, "127.0.0.1", "ca.pem"));
	assert_ok(open_tls("DNS:localhost", &authority, "localhost", "ca.pem"));
}

static void jd_08_a_certificate_of_another_host_is_refused(void **state)
{
	(void)state;
	assert_int_equal(open_tls("DNS:other.example,IP:127.0.0.2", &authority, "127.0.0.1", "ca.pem"),
			 STO_STORE_SETUP);
	assert_non_null(strstr(err.detail, "certificate does not hold"));
	assert_int_equal(open_tls("DNS:other.example", &authority, "localhost", "ca.pem"), STO_STORE_SETUP);
	assert_non_null(strstr(err.detail, "certificate does not hold"));
}

static void jd_08_a_certificate_that_nobody_vouches_for_is_refused(void **state)
{
	(void)state;
	assert_int_equal(open_tls("DNS:localhost", NULL, "localhost", "ca.pem"), STO_STORE_SETUP);
	assert_non_null(strstr(err.detail, "certificate does not hold"));
	assert_int_equal(open_tls("DNS:localhost", &authority, "localhost", NULL), STO_STORE_SETUP);
	assert_non_null(strstr(err.detail, "certificate does not hold"));
}

#define FACT(test) cmocka_unit_test_setup_teardown(test, start, end)
#define ON_PORT(test) cmocka_unit_test_setup_teardown(test, start_on_port, end)
#define WITHOUT_AUTH(test) cmocka_unit_test_setup_teardown(test, start_without_auth, end)
#define WITH_TLS(test) cmocka_unit_test_setup_teardown(test, make_authority, drop_authority)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_PORT(lg_04_a_server_that_turns_us_away_names_no_password),
		WITHOUT_AUTH(lg_04_what_a_server_quotes_is_not_repeated),
		ON_PORT(a_user_with_the_commands_of_the_manual_is_enough),
		ON_PORT(a_user_who_may_too_little_is_told_at_once),
		ON_PORT(a_database_that_is_not_there_is_refused),
		FACT(a_server_that_evicts_is_warned_of),
		cmocka_unit_test(options_that_are_wrong_are_named),
		WITH_TLS(tls_with_a_certificate_that_holds_works),
		WITH_TLS(jd_08_a_certificate_of_another_host_is_refused),
		WITH_TLS(jd_08_a_certificate_that_nobody_vouches_for_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
