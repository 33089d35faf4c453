#include "base/test.h"
#include "base/bounds.h"
#include "realm/realm.h"

static void expect(const char *agent, const char *name)
{
	struct sto_buf out;
	sto_buf_init(&out, 100);
	assert_ok(sto_device_put(&out, sto_span_str(agent)));
	if (!sto_span_equal(sto_buf_span(&out), sto_span_str(name)))
		fail_msg("%s is %.*s", agent, (int)out.len, (const char *)out.data);
	sto_buf_finish(&out);
}

#define WEBKIT "AppleWebKit/537.36 (KHTML, like Gecko) "

static void browsers_have_their_names(void **state)
{
	(void)state;
	expect("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox on Linux");
	expect("Mozilla/5.0 (Windows NT 10.0; Win64; x64) " WEBKIT "Chrome/128.0 Safari/537.36",
	       "Chrome on Windows");
	expect("Mozilla/5.0 (Windows NT 10.0) " WEBKIT "Chrome/128.0 Safari/537.36 Edg/128.0",
	       "Edge on Windows");
	expect("Mozilla/5.0 (X11; Linux x86_64) " WEBKIT "Chrome/128.0 Safari/537.36 OPR/114.0",
	       "Opera on Linux");
	expect("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) " WEBKIT "Version/17.5 Safari/605.1.15",
	       "Safari on macOS");
	expect("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) " WEBKIT "CriOS/128.0 Safari/604.1",
	       "Chrome on iPhone");
	expect("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) " WEBKIT "FxiOS/128.0 Safari/605.1",
	       "Firefox on iPhone");
	expect("Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) " WEBKIT "Version/17.5 Safari/604.1",
	       "Safari on iPad");
	expect("Mozilla/5.0 (Linux; Android 14; Pixel 8) " WEBKIT "Chrome/128.0 Mobile Safari/537.36",
	       "Chrome on Android");
	expect("Mozilla/5.0 (Linux; Android 14) " WEBKIT "SamsungBrowser/25.0 Chrome/121.0 Safari/537.36",
	       "Samsung Internet on Android");
	expect("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) " WEBKIT "Chrome/128.0 Safari/537.36",
	       "Chrome on ChromeOS");
}

static void what_is_no_browser_is_told_as_such(void **state)
{
	(void)state;
	expect("", "");
	expect("curl/8.0", "Another program");
	expect("<script>alert(1)</script>\r\nX: y", "Another program");
	expect("Something/1.0 (Linux)", "A browser on Linux");
	expect("HeadlessChrome", "Chrome");
}

/* LG-07: whatever it says, only our own words come out, and only its beginning is read. */
static void lg_07_nothing_of_it_is_repeated(void **state)
{
	char text[2000];
	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	memcpy(text + STO_LIMIT_SESSION_NAME, "Firefox/", 8);
	expect(text, "Another program");
	memcpy(text + 100, "Firefox/", 8);
	expect(text, "Firefox");
}

static void safari_alone_wants_plain_cookies(void **state)
{
	(void)state;
	assert_true(sto_device_wants_plain(STO_SPAN("Version/17.5 Safari/605.1.15")));
	assert_false(sto_device_wants_plain(STO_SPAN("Chrome/128.0 Safari/537.36")));
	assert_false(sto_device_wants_plain(STO_SPAN("Firefox/128.0")));
	assert_false(sto_device_wants_plain(STO_SPAN("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(browsers_have_their_names),
		cmocka_unit_test(what_is_no_browser_is_told_as_such),
		cmocka_unit_test(lg_07_nothing_of_it_is_repeated),
		cmocka_unit_test(safari_alone_wants_plain_cookies),
	};
	return cmocka_run_group_tests_name("realm/device", tests, NULL, NULL);
}
