#include "dev/issuers.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name, *label, *path;
} names[DEV_ISSUERS] = {
	{"dev", "Dev", ""},
	{"team", "Dev (team)", "/team"},
};

/* RFC 8414 section 3.1: the well-known part comes before an issuer's path. */
static const char well_known[] = "/.well-known/oauth-authorization-server";

void dev_issuers_name(struct dev_issuers *issuers, const struct dev_options *options,
		      const struct sto_world *world, const char *host, uint16_t port)
{
	for (size_t i = 0; i < DEV_ISSUERS; i++) {
		struct dev_provider *one = &issuers->provider[i];
		one->options = options;
		one->world = world;
		one->keys = &issuers->keys;
		one->personas = i == 0 ? issuers->personas.dev : issuers->personas.team;
		one->name = names[i].name;
		one->label = names[i].label;
		one->path = names[i].path;
		(void)snprintf(one->issuer, sizeof(one->issuer), "http://%.42s:%u%s", host, (unsigned)port,
			       one->path);
		/* Cookies know no ports, and two providers may run. */
		(void)snprintf(one->cookie_name, sizeof(one->cookie_name), "st-oauth-dev-%u%s%s",
			       (unsigned)port, i == 0 ? "" : "-", i == 0 ? "" : one->name);
	}
}

void dev_issuers_finish(struct dev_issuers *issuers)
{
	for (size_t i = 0; i < DEV_ISSUERS; i++) {
		struct dev_provider *one = &issuers->provider[i];
		dev_shelf_finish(&one->pending);
		dev_shelf_finish(&one->codes);
		dev_shelf_finish(&one->access);
		dev_shelf_finish(&one->refresh);
		dev_shelf_finish(&one->sids);
	}
	dev_personas_finish(&issuers->personas);
	dev_keys_finish(&issuers->keys);
}

/* Whether a path is `base` or below it; *rest is what is below, at least "/". */
static bool is_below(struct sto_span *rest, struct sto_span path, const char *base)
{
	struct sto_span start = sto_span_str(base);
	if (!sto_span_starts_with(path, start))
		return false;
	*rest = sto_span_slice(path, start.len, path.len);
	if (rest->len == 0)
		*rest = STO_SPAN("/");
	return rest->ptr[0] == '/';
}

void dev_issuers_handle(struct dev_issuers *issuers, const struct dev_request *req, struct dev_response *res)
{
	struct dev_request below = *req;
	struct sto_span rest = {NULL, 0}, name = {NULL, 0}, start = sto_span_str(well_known);
	for (size_t i = 1; i < DEV_ISSUERS; i++) {
		struct dev_provider *one = &issuers->provider[i];
		if (sto_span_starts_with(req->path, start))
			name = sto_span_slice(req->path, start.len, req->path.len);
		if (sto_span_equal(name, sto_span_str(one->path)))
			below.path = start;
		else if (is_below(&rest, req->path, one->path))
			below.path = rest;
		else
			continue;
		dev_provider_handle(one, &below, res);
		return;
	}
	dev_provider_handle(&issuers->provider[0], req, res);
}
