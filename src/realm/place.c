#include "http/escape.h"
#include "http/url.h"
#include "realm/realm.h"

struct named_place {
	const char *path;
	enum sto_place place;
};

/* Exact paths below the base path. */
static const struct named_place exact[] = {
	{"/auth/login", STO_PLACE_LOGIN},           {"/auth/callback", STO_PLACE_CALLBACK},
	{"/oauth2callback", STO_PLACE_CALLBACK}, /* what native redirect URIs end in */
	{"/auth/logout", STO_PLACE_LOGOUT},         {"/auth/user", STO_PLACE_USER},
	{"/auth/signed-out", STO_PLACE_SIGNED_OUT}, {"/_stcore/health", STO_PLACE_OPEN},
	{"/_stcore/host-config", STO_PLACE_OPEN},   {"/favicon.ico", STO_PLACE_OPEN},
	{"/favicon.png", STO_PLACE_OPEN},           {"/robots.txt", STO_PLACE_OPEN},
	{"/manifest.json", STO_PLACE_OPEN},         {"/_stcore/stream", STO_PLACE_STREAM},
};

/* What lies below a path. */
static const struct named_place below[] = {
	{"/static/", STO_PLACE_OPEN},
	{"/media/", STO_PLACE_RESOURCE},
	{"/component/", STO_PLACE_RESOURCE},
	{"/_stcore/bidi-components/", STO_PLACE_RESOURCE},
	{"/_stcore/upload_file/", STO_PLACE_RESOURCE},
	{"/_stcore/agent/", STO_PLACE_AGENT},
	{"/_stcore/", STO_PLACE_GUARDED},
	{"/app/static/", STO_PLACE_GUARDED},
};

struct sto_span sto_place_below(const sto_realm *realm, struct sto_span path)
{
	struct sto_span base = realm->config.base_path;
	if (!sto_span_starts_with(path, base))
		return (struct sto_span){NULL, 0};
	path = sto_span_slice(path, base.len, path.len);
	if (path.len == 0 && base.len > 0)
		return STO_SPAN("/"); /* "/foo" is the start page as well */
	return path.len > 0 && path.ptr[0] == '/' ? path : (struct sto_span){NULL, 0};
}

/* "x/_stcore/y": the front end asks there before it knows its base path. */
static bool is_nested(struct sto_span path)
{
	struct sto_span name = STO_SPAN("/_stcore/");
	for (size_t i = 1; i + name.len <= path.len; i++)
		if (sto_span_equal(sto_span_slice(path, i, name.len), name))
			return true;
	return false;
}

/* An escaped or doubled slash, a dot segment or a backslash could make the app behind read another path than
 * the one that is judged here: such a path is no resource and no open place, only a page. */
static bool is_plain(struct sto_span path)
{
	return sto_url_is_local_path(path) && sto_span_find(path, '%') == path.len &&
	       sto_span_find(path, ';') == path.len;
}

/* A redirect_uri beside the two usual ones. */
static bool is_redirect_uri(const sto_realm *realm, struct sto_span path)
{
	struct sto_url url;
	for (size_t i = 0; i < realm->n_gates; i++)
		if (sto_url_parse(&url, sto_buf_span(&realm->gates[i]->config.redirect_uri), NULL) ==
			    STO_OK &&
		    sto_span_equal(url.path, path))
			return true;
	return false;
}

static enum sto_place place_by_name(const sto_realm *realm, struct sto_span path)
{
	struct sto_span inner = sto_place_below(realm, path);
	if (inner.len == 0)
		return STO_PLACE_OUTSIDE;
	for (size_t i = 0; i < sizeof(exact) / sizeof(exact[0]); i++)
		if (sto_span_equal(inner, sto_span_str(exact[i].path)))
			return exact[i].place;
	if (inner.len > 1 && is_redirect_uri(realm, path))
		return STO_PLACE_CALLBACK;
	for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++)
		if (sto_span_starts_with(inner, sto_span_str(below[i].path)))
			return below[i].place == STO_PLACE_AGENT || is_plain(inner) ? below[i].place
										    : STO_PLACE_GUARDED;
	return is_nested(inner) ? STO_PLACE_NESTED : STO_PLACE_PAGE;
}

/* A server takes the escapes off before the app looks for its route, so a path with some is judged by what it
 * is without them, and never gets more by it. */
static enum sto_place place_without_escapes(const sto_realm *realm, struct sto_span path)
{
	struct sto_buf plain;
	sto_buf_init(&plain, STO_LIMIT_URL);
	enum sto_place place = sto_escape_take_off(&plain, path) == STO_OK
				       ? place_by_name(realm, sto_buf_span(&plain))
				       : STO_PLACE_GUARDED;
	sto_buf_finish(&plain);
	if (sto_place_is_ours(place))
		return STO_PLACE_SPELLING;
	if (place == STO_PLACE_RESOURCE || place == STO_PLACE_OPEN)
		return STO_PLACE_GUARDED;
	return place == STO_PLACE_OUTSIDE ? STO_PLACE_PAGE : place;
}

enum sto_place sto_place_of(const sto_realm *realm, struct sto_span path)
{
	enum sto_place place = place_by_name(realm, path);
	if (sto_span_find(path, '%') == path.len || place == STO_PLACE_AGENT)
		return place;
	enum sto_place hidden = place_without_escapes(realm, path);
	if (place == STO_PLACE_OUTSIDE && hidden == STO_PLACE_PAGE)
		return place;
	bool stricter =
		hidden == STO_PLACE_AGENT || hidden == STO_PLACE_STREAM || hidden == STO_PLACE_SPELLING;
	bool by_name = place != STO_PLACE_PAGE && place != STO_PLACE_NESTED && place != STO_PLACE_OUTSIDE;
	return by_name && !stricter ? place : hidden;
}

bool sto_place_is_ours(enum sto_place place)
{
	return place >= STO_PLACE_LOGIN && place <= STO_PLACE_SIGNED_OUT;
}

bool sto_realm_is_ours(const sto_realm *realm, struct sto_span path)
{
	return sto_place_is_ours(sto_place_of(realm, path));
}

bool sto_place_is_next(const sto_realm *realm, struct sto_span next)
{
	size_t end = 0;
	if (!sto_url_is_local_path(next))
		return false;
	while (end < next.len && next.ptr[end] != '?' && next.ptr[end] != '#')
		end++;
	enum sto_place place = sto_place_of(realm, sto_span_slice(next, 0, end));
	return place != STO_PLACE_OUTSIDE && !sto_place_is_ours(place);
}
