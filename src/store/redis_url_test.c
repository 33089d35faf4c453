#include "store/redis_url.h"

#include "base/test.h"

static struct sto_redis_url url;
static struct sto_error err;

static int set_up(void **state)
{
	(void)state;
	sto_redis_url_init(&url);
	err = (struct sto_error){0};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	sto_redis_url_finish(&url);
	return 0;
}

static int parse(const char *text)
{
	return sto_redis_url_parse(&url, sto_span_str(text), &err);
}

static void a_host_alone_has_the_usual_port(void **state)
{
	(void)state;
	assert_ok(parse("redis://cache.example"));
	assert_int_equal(url.scheme, STO_REDIS_TCP);
	assert_span(sto_buf_span(&url.host), "cache.example");
	assert_int_equal(url.port, 6379);
	assert_int_equal(url.db, 0);
	assert_int_equal(url.user.len, 0);
	assert_int_equal(url.password.len, 0);
}

static void all_parts_are_read(void **state)
{
	(void)state;
	assert_ok(parse("rediss://st_oauth:p%40ss%3aw%2Ford:x@[::1]:7000/12"));
	assert_int_equal(url.scheme, STO_REDIS_TLS);
	assert_span(sto_buf_span(&url.user), "st_oauth");
	assert_span(sto_buf_span(&url.password), "p@ss:w/ord:x");
	assert_span(sto_buf_span(&url.host), "::1");
	assert_int_equal(url.port, 7000);
	assert_int_equal(url.db, 12);
}

static void a_password_needs_no_user(void **state)
{
	(void)state;
	assert_ok(parse("redis://:word@127.0.0.1:80/"));
	assert_int_equal(url.user.len, 0);
	assert_span(sto_buf_span(&url.password), "word");
	assert_int_equal(url.port, 80);
}

static void a_socket_has_a_path_and_a_database(void **state)
{
	(void)state;
	assert_ok(parse("unix:///run/my%20redis.sock?db=3"));
	assert_int_equal(url.scheme, STO_REDIS_UNIX);
	assert_span(sto_buf_span(&url.path), "/run/my redis.sock");
	assert_int_equal(url.db, 3);
	assert_ok(parse("unix:///run/redis.sock"));
	assert_int_equal(url.db, 0);
}

static void what_is_wrong_is_named(void **state)
{
	static const char *const cases[][2] = {
		{"", "begins with"},
		{"http://h", "begins with"},
		{"redis:h", "begins with"},
		{"redis://", "host or port"},
		{"redis://h:", "host or port"},
		{"redis://h:0", "host or port"},
		{"redis://h:65536", "host or port"},
		{"redis://h:6379x", "host or port"},
		{"redis://127.1", "host or port"},
		{"redis://[::1", "host or port"},
		{"redis://a b", "host or port"},
		{"redis://h/x", "database"},
		{"redis://h/01", "database"},
		{"redis://h/1/", "database"},
		{"redis://h/-1", "database"},
		{"redis://h/1000000", "database"},
		{"redis://h?db=1", "no query"},
		{"redis://h#1", "no query"},
		{"redis://u:a%4@h", "escape"},
		{"redis://u:a%00b@h", "control"},
		{"redis://u:a%0d%0aFLUSHALL@h", "control"},
		{"redis://u:a@b@h", "%40"},
		{"unix://run/redis.sock", "absolute"},
		{"unix://", "absolute"},
		{"unix:///s?x=1", "?db=N"},
		{"unix:///s?", "?db=N"},
		{"unix:///s?db=", "database"},
		{"unix:///a%00b", "control"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(parse(cases[i][0]), STO_URL_MALFORMED);
		assert_non_null(strstr(err.detail, cases[i][1]));
		assert_int_equal(url.host.len + url.path.len + url.user.len + url.password.len, 0);
	}
}

static void a_path_too_long_for_a_socket_is_refused(void **state)
{
	char text[7 + 109] = "unix://";
	(void)state;
	memset(text + 7, '/', 108);
	assert_int_equal(parse(text), STO_TOO_LARGE);
	text[7 + 107] = '\0';
	assert_ok(parse(text));
}

/* Whatever is wrong with it, the password is not repeated; and the public form has none. */
static void lg_04_no_password_in_an_address_is_repeated(void **state)
{
	static const char *const wrong[] = {
		"redis://u:canary@bad host",
		"redis://u:canary@h:99999",
		"redis://u:canary@h/canary",
		"redis://u:canary@",
		"redis://u:canary",
		"redis://u:can%zzcanary@h",
		"reddis://u:canary@h",
		"redis://u:canary@h?canary",
		"redis://u:canary@canary@h",
		"unix://u:canary@/run/s",
		"unix:///run/s?password=canary",
	};
	struct sto_buf out;
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(parse(wrong[i]), STO_URL_MALFORMED);
		assert_null(strstr(err.detail, "canary"));
	}
	sto_buf_init(&out, 1000);
	assert_ok(parse("rediss://canary:canary@Cache.example/7"));
	assert_ok(sto_redis_url_put_public(&out, &url));
	assert_span(sto_buf_span(&out), "rediss://Cache.example:6379/7");
	sto_buf_clear(&out);
	assert_ok(parse("redis://:canary@[::1]"));
	assert_ok(sto_redis_url_put_public(&out, &url));
	assert_span(sto_buf_span(&out), "redis://[::1]:6379");
	sto_buf_clear(&out);
	assert_ok(parse("unix:///run/a%3fb?db=2"));
	assert_ok(sto_redis_url_put_public(&out, &url));
	assert_span(sto_buf_span(&out), "unix:///run/a%3Fb?db=2");
	sto_buf_finish(&out);
}

#define FACT(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(a_host_alone_has_the_usual_port),
		FACT(all_parts_are_read),
		FACT(a_password_needs_no_user),
		FACT(a_socket_has_a_path_and_a_database),
		FACT(what_is_wrong_is_named),
		FACT(a_path_too_long_for_a_socket_is_refused),
		FACT(lg_04_no_password_in_an_address_is_repeated),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
