/* URLs and local paths out of anything. What is accepted must hold what it promises. */
#include <stdlib.h>

#include "base/bounds.h"
#include "http/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* An accepted URL's origin parses again and is the same origin. */
static void check_origin(const struct sto_url *url)
{
	struct sto_url again;
	struct sto_buf origin;
	sto_buf_init(&origin, STO_LIMIT_URL);
	must(sto_url_put_origin(&origin, url) == STO_OK);
	must(sto_url_parse(&again, sto_buf_span(&origin), NULL) == STO_OK);
	must(sto_url_same_origin(url, &again));
	must(sto_url_is_loopback(url) == sto_url_is_loopback(&again));
	sto_buf_finish(&origin);
}

/* Put behind an origin, an accepted path cannot change the host. */
static void check_path(struct sto_span path)
{
	must(path.len > 0 && path.ptr[0] == '/');
	must(path.len == 1 || (path.ptr[1] != '/' && path.ptr[1] != '\\'));
	for (size_t i = 0; i < path.len; i++)
		must(path.ptr[i] > 0x20 && path.ptr[i] < 0x7f && path.ptr[i] != '\\');
}

/* Everything escaped is a good query. */
static void check_escaped(struct sto_span text)
{
	struct sto_url url;
	struct sto_buf out;
	sto_buf_init(&out, STO_LIMIT_URL);
	must(sto_buf_put_str(&out, "http://a/?") == STO_OK);
	if (sto_url_put_escaped(&out, text) == STO_OK)
		must(sto_url_parse(&url, sto_buf_span(&out), NULL) == STO_OK);
	sto_buf_finish(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sto_span text = sto_span_of(data, size);
	struct sto_error err;
	struct sto_url url;
	if (sto_url_parse(&url, text, &err) == STO_OK)
		check_origin(&url);
	if (sto_url_is_local_path(text))
		check_path(text);
	check_escaped(text);
	return 0;
}
