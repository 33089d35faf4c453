/* Forms out of anything: what was read can be written and read again, and get() agrees with the walk. */
#include <stdlib.h>

#include "base/bounds.h"
#include "http/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_round_trip(struct sto_span name, struct sto_span value)
{
	struct sto_buf form, again;
	sto_buf_init(&form, STO_LIMIT_FORM);
	sto_buf_init(&again, STO_LIMIT_FORM);
	if (sto_form_put(&form, name, value) == STO_OK) {
		must(sto_form_get(&again, sto_buf_span(&form), name, NULL) == STO_OK);
		must(sto_span_equal(sto_buf_span(&again), value));
	}
	sto_buf_finish(&form);
	sto_buf_finish(&again);
}

static void check_get(struct sto_span form, struct sto_span name)
{
	struct sto_error err;
	struct sto_buf value;
	sto_buf_init(&value, STO_LIMIT_FORM);
	must(sto_form_get(&value, form, name, &err) != STO_FORM_ABSENT);
	sto_buf_finish(&value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sto_span form = sto_span_of(data, size), rest = form;
	struct sto_buf name, value;
	int fields = 0;
	sto_buf_init(&name, STO_LIMIT_FORM);
	sto_buf_init(&value, STO_LIMIT_FORM);
	while (sto_form_next(&name, &value, &rest) == STO_OK) {
		must(++fields <= STO_LIMIT_FORM_FIELDS);
		check_round_trip(sto_buf_span(&name), sto_buf_span(&value));
		if (fields < 8)
			check_get(form, sto_buf_span(&name));
	}
	sto_buf_finish(&name);
	sto_buf_finish(&value);
	return 0;
}
