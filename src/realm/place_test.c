/* What a path is, and where somebody may be sent. */
#include "realm/test_site.h"

static struct test_site site;

static int setup(void **state)
{
	(void)state;
	test_site_open(&site, "{" TEST_TWO "}");
	return 0;
}

static int setup_base(void **state)
{
	(void)state;
	test_site_open(&site, "{" TEST_ONE ", 'public_url': 'https://app.example/foo', 'redirect_uri': "
			      "'https://app.example/foo/home'}");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	test_site_close(&site);
	return 0;
}

struct row {
	const char *path;
	enum sto_place place;
};

static void expect(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		enum sto_place place = sto_place_of(site.realm, sto_span_str(rows[i].path));
		if (place != rows[i].place)
			fail_msg("%s is %d", rows[i].path, (int)place);
		assert_true(sto_realm_is_ours(site.realm, sto_span_str(rows[i].path)) ==
			    (place >= STO_PLACE_LOGIN && place <= STO_PLACE_SIGNED_OUT));
	}
}
#define EXPECT(...)                                                                                          \
	do {                                                                                                 \
		static const struct row rows_[] = {__VA_ARGS__};                                             \
		expect(rows_, sizeof(rows_) / sizeof(rows_[0]));                                             \
	} while (0)

static void endpoints_are_exact(void **state)
{
	(void)state;
	EXPECT({"/auth/login", STO_PLACE_LOGIN}, {"/auth/callback", STO_PLACE_CALLBACK},
	       {"/oauth2callback", STO_PLACE_CALLBACK}, {"/auth/logout", STO_PLACE_LOGOUT},
	       {"/auth/user", STO_PLACE_USER}, {"/auth/signed-out", STO_PLACE_SIGNED_OUT},
	       {"/auth/login/", STO_PLACE_PAGE}, {"/auth/Login", STO_PLACE_PAGE}, {"/auth", STO_PLACE_PAGE},
	       {"/auth/", STO_PLACE_PAGE}, {"//auth/login", STO_PLACE_PAGE},
	       {"/auth%2flogin", STO_PLACE_SPELLING}, {"/auth/login;x", STO_PLACE_PAGE},
	       {"/auth/login%00", STO_PLACE_PAGE});
}

static void streamlits_places_are_known(void **state)
{
	(void)state;
	EXPECT({"/", STO_PLACE_PAGE}, {"/page", STO_PLACE_PAGE}, {"/_stcore/stream", STO_PLACE_STREAM},
	       {"/_stcore/health", STO_PLACE_OPEN}, {"/_stcore/host-config", STO_PLACE_OPEN},
	       {"/static/js/x.js", STO_PLACE_OPEN}, {"/media/x", STO_PLACE_RESOURCE},
	       {"/component/x/y", STO_PLACE_RESOURCE}, {"/_stcore/bidi-components/x", STO_PLACE_RESOURCE},
	       {"/_stcore/upload_file/x", STO_PLACE_RESOURCE}, {"/_stcore/agent/x", STO_PLACE_AGENT},
	       {"/_stcore/metrics", STO_PLACE_GUARDED}, {"/app/static/x", STO_PLACE_GUARDED},
	       {"/page/_stcore/health", STO_PLACE_NESTED}, {"/static", STO_PLACE_PAGE},
	       {"/_stcore", STO_PLACE_PAGE}, {"/app/staticx", STO_PLACE_PAGE});
}

/* PX-22: what a server behind could read as another path is neither open nor a resource. */
static void px_22_a_path_of_two_readings_is_guarded(void **state)
{
	(void)state;
	EXPECT({"/static/../x", STO_PLACE_GUARDED}, {"/static/%2e%2e/x", STO_PLACE_GUARDED},
	       {"/static//x", STO_PLACE_GUARDED}, {"/static/x;y", STO_PLACE_GUARDED},
	       {"/static/%41", STO_PLACE_GUARDED}, {"/static/\\x", STO_PLACE_GUARDED},
	       {"/static/..;/x", STO_PLACE_GUARDED}, {"/media/..%2fx", STO_PLACE_GUARDED},
	       {"/component/%5c%5chost%5cshare", STO_PLACE_GUARDED},
	       {"/component/x/../../app/static/y", STO_PLACE_GUARDED},
	       {"/_stcore/agent/../x", STO_PLACE_AGENT});
}

static void px_08_escapes_hide_no_side_door(void **state)
{
	(void)state;
	EXPECT({"/%5fstcore/agent/interact", STO_PLACE_AGENT}, {"/_stcore/%61gent/mcp", STO_PLACE_AGENT},
	       {"/%5Fstcore/stream", STO_PLACE_STREAM}, {"/%5fstcore/metrics", STO_PLACE_GUARDED},
	       {"/%6dedia/x.png", STO_PLACE_GUARDED}, {"/app/st%61tic/x", STO_PLACE_GUARDED},
	       {"/%61uth/login", STO_PLACE_SPELLING}, {"/auth%2flogout", STO_PLACE_SPELLING},
	       {"/oauth2c%61llback", STO_PLACE_SPELLING}, {"/caf%C3%A9", STO_PLACE_PAGE},
	       {"/a%20b", STO_PLACE_PAGE});
}

static void a_base_path_is_whole_segments(void **state)
{
	(void)state;
	EXPECT({"/foo/auth/login", STO_PLACE_LOGIN}, {"/foo/home", STO_PLACE_CALLBACK},
	       {"/foo/", STO_PLACE_PAGE}, {"/foo", STO_PLACE_PAGE}, {"/foo/_stcore/stream", STO_PLACE_STREAM},
	       {"/", STO_PLACE_OUTSIDE}, {"", STO_PLACE_OUTSIDE}, {"/foox/auth/login", STO_PLACE_OUTSIDE},
	       {"/auth/login", STO_PLACE_OUTSIDE}, {"/Foo/auth/login", STO_PLACE_OUTSIDE},
	       {"/home", STO_PLACE_OUTSIDE}, {"/%66oo/auth/login", STO_PLACE_SPELLING});
	assert_span(sto_place_below(site.realm, STO_SPAN("/foo/page")), "/page");
	assert_span(sto_place_below(site.realm, STO_SPAN("/foo")), "/");
	assert_span(sto_place_below(site.realm, STO_SPAN("/foobar")), "");
}

static void somebody_is_sent_to_pages_of_this_app_only(void **state)
{
	static const char *const good[] = {"/foo/", "/foo/page", "/foo/page?a=//b#c",
					   "/foo/page?u=/auth/login", "/foo"};
	static const char *const bad[] = {"",
					  "/",
					  "/page",
					  "/foobar",
					  "/foo/auth/login",
					  "/foo/auth/login?next=/",
					  "/foo/auth/logout#x",
					  "/foo/auth/callback?code=1",
					  "/foo/home",
					  "/foo/home?code=1",
					  "/foo/oauth2callback",
					  "//foo/page",
					  "/foo//page",
					  "/foo/../page",
					  "/foo/%2e%2e/page",
					  "/foo\\page",
					  "https://app.example/foo/"};
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!sto_place_is_next(site.realm, sto_span_str(good[i])))
			fail_msg("%s is refused", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (sto_place_is_next(site.realm, sto_span_str(bad[i])))
			fail_msg("%s is allowed", bad[i]);
}

#define FACT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define FACT_IN(name, prepare) cmocka_unit_test_setup_teardown(name, prepare, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(endpoints_are_exact),
		FACT(streamlits_places_are_known),
		FACT(px_22_a_path_of_two_readings_is_guarded),
		FACT(px_08_escapes_hide_no_side_door),
		FACT_IN(a_base_path_is_whole_segments, setup_base),
		FACT_IN(somebody_is_sent_to_pages_of_this_app_only, setup_base),
	};
	return cmocka_run_group_tests_name("realm/place", tests, NULL, NULL);
}
