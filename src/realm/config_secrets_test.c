/* The key of the app, and secrets that stand in files. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/bounds.h"
#include "base/test_folder.h"
#include "realm/test_config.h"

#define CLIENT "'client_id': 'app', 'issuer': 'https://op.example'"
#define KEY "q4t8Vd1mR7xK2pZ9sWb5nYc3jLf6hGa0eUoTiXyBvNM"
#define TEXT_32 "q4t8Vd1mR7xK2pZ9sWb5nYc3jLf6hGa0"
#define SECRETS 8

struct secrets {
	struct test_config test;
	struct sto_buf buf[SECRETS];
	size_t n;
	int rc;
};

static void load(struct secrets *s, const char *auth)
{
	*s = (struct secrets){0};
	test_config_load(&s->test, auth);
	assert_ok(s->test.rc);
	for (size_t i = 0; i < SECRETS; i++)
		sto_buf_init(&s->buf[i], STO_LIMIT_SECRET);
	s->rc = sto_realm_config_secrets(s->buf, &s->n, SECRETS, &s->test.config, &s->test.findings,
					 sto_world_system());
	assert_true((s->rc == STO_OK) == !s->test.findings.failed);
}

static void finish(struct secrets *s)
{
	for (size_t i = 0; i < SECRETS; i++)
		sto_buf_finish(&s->buf[i]);
	test_config_finish(&s->test);
}

static void expect_error(const char *auth, const char *code, const char *key, const char *message)
{
	struct secrets s;
	load(&s, auth);
	if (s.rc != STO_CONFIG_WRONG || !test_config_found(&s.test, "error", code, key, message))
		fail_msg("%s gives %s", auth, test_config_dump(&s.test));
	finish(&s);
}

static void a_secret_is_decoded_and_a_list_is_a_rotation(void **state)
{
	struct secrets s;
	(void)state;
	load(&s, "{" CLIENT ", 'secret': ['" KEY "', 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHj8'], "
		 "'cookie_secret': '" TEXT_32 "'}");
	assert_ok(s.rc);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.buf[0].len, 32);
	finish(&s);
}

static void a_native_key_of_32_characters_is_taken_as_it_is(void **state)
{
	struct secrets s;
	(void)state;
	load(&s, "{" CLIENT ", 'cookie_secret': '" TEXT_32 "'}");
	assert_ok(s.rc);
	assert_int_equal(s.n, 1);
	assert_span(sto_buf_span(&s.buf[0]), TEXT_32);
	assert_int_equal(json_array_size(s.test.findings.list), 0);
	finish(&s);
	load(&s, "{" CLIENT ", 'cookie_secret': ['" TEXT_32 "', 'another-long-key-of-an-older-time-7731']}");
	assert_int_equal(s.n, 2);
	finish(&s);
}

static void a_short_native_key_is_stretched_with_a_warning(void **state)
{
	/* argon2id, 2 passes over 64 MiB, salt "st_oauth cookie\0": as the reference implementation gives it.
	 */
	struct secrets s, again;
	(void)state;
	load(&s, "{" CLIENT ", 'cookie_secret': 'hunter2-hunter3'}");
	assert_ok(s.rc);
	assert_int_equal(s.buf[0].len, 32);
	assert_true(test_config_found(&s.test, "warning", "short_secret", "cookie_secret",
				      "has under 32 characters"));
	load(&again, "{" CLIENT ", 'cookie_secret': 'hunter2-hunter3'}");
	assert_true(sto_span_equal(sto_buf_span(&s.buf[0]), sto_buf_span(&again.buf[0])));
	finish(&again);
	load(&again, "{" CLIENT ", 'cookie_secret': 'hunter2-hunter4'}");
	assert_false(sto_span_equal(sto_buf_span(&s.buf[0]), sto_buf_span(&again.buf[0])));
	finish(&again);
	finish(&s);
}

/* PW-28 */
static void pw_28_well_known_keys_are_refused(void **state)
{
	static const char *const bad[] = {
		"xxx",
		"secret",
		"changeme",
		"changeme-changeme-changeme-changeme",
		"password",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"abcdefghijklmnopqrstuvwxyz012345",
		"abcdefghijklmnop",
		"your-secret-key-of-32-characters!",
		"cookie_secret",
		"0123456789abcdef0123456789abcdef",
		"testtesttesttest",
		"1234567",
		"q7Zp2xK",
		"supersecret",
		"abcabcabcabcabcabcabcabcabcabcabcabc",
		"YOUR_COOKIE_SECRET",
		"a_random_string",
		"a-strong-random-secret",
		"<your secret here>",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char auth[300];
		(void)snprintf(auth, sizeof(auth), "{" CLIENT ", 'cookie_secret': '%s'}", bad[i]);
		expect_error(auth, "bad_secret", "cookie_secret", "openssl rand -base64 32");
	}
	expect_error("{" CLIENT ", 'secret': 'changeme'}", "bad_secret", "secret", "openssl rand -base64 32");
	expect_error("{" CLIENT ", 'cookie_secret': ['" TEXT_32 "', 'xxx']}", "bad_secret", "cookie_secret",
		     "");
	test_expect_error("{" CLIENT ", 'cookie_secret': ''}", "empty", "cookie_secret", "is empty");
}

static void a_shared_store_needs_a_configured_key(void **state)
{
	struct secrets s;
	(void)state;
	expect_error("{" CLIENT ", 'store': 'redis://host'}", "no_secret", "secret",
		     "the same on every machine");
	load(&s, "{" CLIENT ", 'store': 'redis://host', 'cookie_secret': '" TEXT_32 "'}");
	assert_ok(s.rc);
	finish(&s);
	load(&s, "{" CLIENT ", 'store': 'redis://host', 'secret': '" KEY "'}");
	assert_ok(s.rc);
	finish(&s);
}

static void without_a_key_one_is_made(void **state)
{
	struct secrets s;
	(void)state;
	assert_int_equal(setenv("XDG_STATE_HOME", folder, 1), 0);
	load(&s, "{" CLIENT "}");
	assert_ok(s.rc);
	assert_int_equal(s.n, 1);
	assert_int_equal(s.buf[0].len, 32);
	finish(&s);
}

static void two_keys_are_one_too_many(void **state)
{
	(void)state;
	test_expect_error("{" CLIENT ", 'secret': '" KEY "', 'secret_file': '/x'}", "two_secrets",
			  "secret_file", "stands beside secret");
	test_expect_error("{" CLIENT ", 'cookie_secret': 'x', 'cookie_secret_file': '/x'}", "two_secrets",
			  "cookie_secret_file", "stands beside cookie_secret");
	test_expect_error("{" CLIENT ", 'store': 'redis://x', 'store_url_file': '/x'}", "two_secrets",
			  "store_url_file", "stands beside store");
}

/* --- files */

static const char *put_file(const char *name, const char *text, mode_t mode)
{
	(void)snprintf(folder_path, sizeof(folder_path), "%s/%s", folder, name);
	int fd = open(folder_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	(void)close(fd);
	return folder_path;
}

static const char *auth_with(const char *key, const char *path)
{
	static char auth[700];
	(void)snprintf(auth, sizeof(auth), "{" CLIENT ", '%s': '%s'}", key, path);
	return auth;
}

static void secrets_may_stand_in_files(void **state)
{
	struct secrets s;
	(void)state;
	load(&s, auth_with("cookie_secret_file", put_file("key", TEXT_32 "\n", 0400)));
	assert_ok(s.rc);
	assert_span(sto_buf_span(&s.buf[0]), TEXT_32);
	assert_int_equal(json_array_size(s.test.findings.list), 0);
	finish(&s);
	load(&s, auth_with("secret_file", put_file("own", KEY "\n", 0600)));
	assert_ok(s.rc);
	assert_int_equal(s.buf[0].len, 32);
	finish(&s);
}

static void the_address_of_a_store_may_stand_in_a_file(void **state)
{
	struct test_config t;
	(void)state;
	test_config_load_fine(
		&t, auth_with("store_url_file", put_file("url", "rediss://u:p@host:6380/1\r\n", 0600)));
	assert_int_equal(t.config.store, STO_REALM_STORE_REDIS);
	assert_span(t.config.store_url, "rediss://u:p@host:6380/1");
	test_config_finish(&t);
	test_expect_error(auth_with("store_url_file", put_file("url", "c4nary", 0600)), "bad_store",
			  "store_url_file", "is none of");
}

static void a_file_that_others_can_read_is_told_and_one_they_can_write_is_refused(void **state)
{
	(void)state;
	test_expect_warning(auth_with("cookie_secret_file", put_file("open", TEXT_32, 0444)), "open_file",
			    "cookie_secret_file", "every user of this machine can read");
	test_expect_error(auth_with("cookie_secret_file", put_file("open", TEXT_32, 0602)), "bad_file",
			  "cookie_secret_file", "is open to others");
}

static void a_file_that_cannot_be_used_says_why(void **state)
{
	(void)state;
	test_expect_error(auth_with("cookie_secret_file", "/no/such/file"), "bad_file", "cookie_secret_file",
			  "cannot be used (cannot open /no/such/file: No such file or directory)");
	test_expect_error(auth_with("cookie_secret_file", folder), "bad_file", "cookie_secret_file",
			  "is not a file");
	test_expect_error(auth_with("cookie_secret_file", "relative"), "bad_path", "cookie_secret_file",
			  "is not an absolute path");
	test_expect_error(auth_with("cookie_secret_file", put_file("empty", "\n", 0600)), "empty",
			  "cookie_secret_file", "is empty");
	test_expect_error(auth_with("cookie_secret_file", put_file("two", "a\nb\n", 0600)), "bad_text",
			  "cookie_secret_file", "control characters");
	test_expect_error(auth_with("cookie_secret_file", put_file("latin", "\xe9tude-of-some-length", 0600)),
			  "bad_file", "cookie_secret_file", "is not UTF-8 text");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_secret_is_decoded_and_a_list_is_a_rotation),
		cmocka_unit_test(a_native_key_of_32_characters_is_taken_as_it_is),
		cmocka_unit_test(a_short_native_key_is_stretched_with_a_warning),
		cmocka_unit_test(pw_28_well_known_keys_are_refused),
		cmocka_unit_test(a_shared_store_needs_a_configured_key),
		cmocka_unit_test(without_a_key_one_is_made),
		cmocka_unit_test(two_keys_are_one_too_many),
		cmocka_unit_test(secrets_may_stand_in_files),
		cmocka_unit_test(the_address_of_a_store_may_stand_in_a_file),
		cmocka_unit_test(a_file_that_others_can_read_is_told_and_one_they_can_write_is_refused),
		cmocka_unit_test(a_file_that_cannot_be_used_says_why),
	};
	return cmocka_run_group_tests_name("realm/config_secrets", tests, make_folder, remove_folder);
}
