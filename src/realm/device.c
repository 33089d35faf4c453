/* A User-Agent header in words for people, and for nothing that matters. */
#include "realm/realm.h"

struct named {
	const char *mark, *name;
};

static bool holds(struct sto_span text, const char *mark)
{
	struct sto_span part = sto_span_str(mark);
	while (text.len >= part.len) {
		text = sto_span_slice(text, sto_span_find(text, part.ptr[0]), text.len);
		if (sto_span_starts_with(text, part))
			return true;
		text = sto_span_slice(text, 1, text.len);
	}
	return false;
}

static const char *first_of(struct sto_span text, const struct named *list)
{
	for (; list->mark != NULL; list++)
		if (holds(text, list->mark))
			return list->name;
	return NULL;
}

/* In this order: each also says the marks of those below it. */
static const char *browser_of(struct sto_span agent)
{
	static const struct named browsers[] = {
		{"Edg", "Edge"},         {"OPR/", "Opera"},     {"SamsungBrowser", "Samsung Internet"},
		{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"},
		{"Chrom", "Chrome"},     {"Safari/", "Safari"}, {NULL, NULL}};
	return first_of(agent, browsers);
}

static const char *system_of(struct sto_span agent)
{
	static const struct named systems[] = {
		{"iPhone", "iPhone"},  {"iPad", "iPad"},     {"Android", "Android"}, {"Windows", "Windows"},
		{"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},     {NULL, NULL}};
	return first_of(agent, systems);
}

int sto_device_put(struct sto_buf *out, struct sto_span user_agent)
{
	const char *browser, *system;
	user_agent = sto_span_slice(user_agent, 0, STO_LIMIT_SESSION_NAME);
	browser = browser_of(user_agent);
	system = system_of(user_agent);
	if (browser == NULL && system == NULL)
		return sto_buf_put_str(out, user_agent.len == 0 ? "" : "Another program");
	int rc = sto_buf_put_str(out, browser != NULL ? browser : "A browser");
	if (rc == STO_OK && system != NULL)
		rc = sto_buf_put_str(out, " on ");
	return rc == STO_OK && system != NULL ? sto_buf_put_str(out, system) : rc;
}

/* Safari drops what is Secure where the page came over http, loopback or not. */
bool sto_device_wants_plain(struct sto_span user_agent)
{
	const char *browser = browser_of(sto_span_slice(user_agent, 0, STO_LIMIT_SESSION_NAME));
	return browser != NULL && sto_span_equal(sto_span_str(browser), STO_SPAN("Safari"));
}
