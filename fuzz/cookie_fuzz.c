/* Cookie headers out of anything; and what Set-Cookie accepts is read back as it was. */
#include <stdlib.h>

#include "base/bounds.h"
#include "http/cookie.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_round_trip(struct sto_span name, struct sto_span value)
{
	struct sto_set_cookie cookie = {.name = name, .value = value, .max_age_sec = -1, .same_site = "Lax"};
	struct sto_span found_name, found_value, pair, rest;
	struct sto_buf out;
	sto_buf_init(&out, STO_LIMIT_COOKIE_HEADER);
	if (sto_set_cookie_put(&out, &cookie) == STO_OK) {
		rest = sto_buf_span(&out);
		must(sto_span_split(&pair, &rest, ';'));
		must(sto_cookie_next(&found_name, &found_value, &pair));
		must(sto_span_equal(found_name, name) && sto_span_equal(found_value, value));
	}
	sto_buf_finish(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sto_span header = sto_span_of(data, size), rest = header, name, value;
	int pairs = 0;
	while (sto_cookie_next(&name, &value, &rest)) {
		must(++pairs <= STO_LIMIT_COOKIES && name.len > 0);
		must(sto_cookie_find(&value, header, name));
		check_round_trip(name, value);
	}
	return 0;
}
