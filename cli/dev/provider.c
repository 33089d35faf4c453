#include "dev/provider.h"

#include <string.h>

#include "base/base64url.h"
#include "dev/page.h"
#include "http/url.h"

int64_t dev_now_sec(const struct dev_provider *provider)
{
	return provider->world->now_sec(provider->world->ctx);
}

int dev_put_secret(struct sto_buf *out, const struct dev_provider *provider)
{
	uint8_t random[DEV_SECRET_LEN];
	int rc = provider->world->random(provider->world->ctx, random, sizeof(random));
	return rc == STO_OK ? sto_base64url_encode(out, sto_span_of(random, sizeof(random))) : rc;
}

static const struct route {
	const char *path; /* one that ends in '*' stands for all that begin so */
	const char *get, *post;
	dev_route *on_get, *on_post;
} routes[] = {
	{"/", "GET", NULL, dev_home, NULL},
	{"/health", "GET", NULL, dev_health, NULL},
	{"/.well-known/openid-configuration", "GET", NULL, dev_discovery, NULL},
	{"/.well-known/oauth-authorization-server", "GET", NULL, dev_discovery, NULL},
	{"/jwks", "GET", NULL, dev_jwks, NULL},
	{"/authorize", "GET", "POST", dev_authorize, dev_authorize},
	{"/authorize/choose", NULL, "POST", NULL, dev_choose},
	{"/token", NULL, "POST", NULL, dev_token},
	{"/userinfo", "GET", "POST", dev_userinfo, dev_userinfo},
	{"/logout", "GET", "POST", dev_logout, dev_logout},
	{"/logout/confirm", NULL, "POST", NULL, dev_logout_confirm},
	{"/icon.svg", "GET", NULL, dev_icon, NULL},
	{"/avatar/*", "GET", NULL, dev_avatar, NULL},
};

static bool is_path_of(const struct route *route, struct sto_span path)
{
	size_t len = strlen(route->path);
	if (route->path[len - 1] == '*')
		return sto_span_starts_with(path, sto_span_of(route->path, len - 1));
	return sto_span_equal(path, sto_span_str(route->path));
}

static const struct route *find_route(struct sto_span path)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (is_path_of(&routes[i], path))
			return &routes[i];
	return NULL;
}

/* A page of the internet can name a host of its own that leads here (DNS rebinding): only names of this
 * machine are answered. */
static bool is_for_us(struct sto_span host)
{
	struct sto_buf text;
	struct sto_url url;
	bool good = false;
	sto_buf_init(&text, 300);
	if (sto_buf_put_str(&text, "http://") == STO_OK && sto_buf_put(&text, host) == STO_OK)
		good = sto_url_parse(&url, sto_buf_span(&text), NULL) == STO_OK && url.path.len == 0 &&
		       url.query.ptr == NULL && sto_url_is_loopback(&url);
	sto_buf_finish(&text);
	return good;
}

static int refuse_method(const struct route *route, struct dev_response *res)
{
	res->allow = route->get == NULL ? "POST" : route->post == NULL ? "GET, HEAD" : "GET, HEAD, POST";
	return dev_answer_error(res, 405, "invalid_request", "this address does not take that method");
}

static int dispatch(struct dev_provider *provider, const struct dev_request *req, struct dev_response *res)
{
	const struct route *route = find_route(req->path);
	bool get =
		sto_span_equal(req->method, STO_SPAN("GET")) || sto_span_equal(req->method, STO_SPAN("HEAD"));
	bool post = sto_span_equal(req->method, STO_SPAN("POST"));
	if (!is_for_us(req->host))
		return dev_answer_error(res, 421, "invalid_request",
					"this provider answers to names of this machine only");
	if (route == NULL)
		return dev_answer_page(res, 404, "Nothing here",
				       "This address is none of the development provider's.");
	if (get && route->on_get != NULL)
		return route->on_get(provider, req, res);
	if (post && route->on_post != NULL)
		return route->on_post(provider, req, res);
	return refuse_method(route, res);
}

void dev_provider_handle(struct dev_provider *provider, const struct dev_request *req,
			 struct dev_response *res)
{
	if (dispatch(provider, req, res) == STO_OK)
		return;
	dev_response_finish(res);
	dev_response_init(res);
	if (dev_answer_error(res, 500, "server_error",
			     "something went wrong inside the development provider") != STO_OK)
		sto_buf_clear(&res->body);
}
