/* What a sealed state may hold, and what binds it: even one that our own key has sealed is read with care. */
#include "base/test.h"
#include "gate/gate.h"
#include "gate/test_provider.h"

#define FIXED_LEN (1 + 8 + 4 + STO_TX_LEN + STO_MARK_LEN + STO_GATE_ID_LEN + 2)

static struct test_provider provider;
static sto_gate *gate;

static int setup(void **state)
{
	(void)state;
	test_provider_init(&provider);
	gate = test_gate(&provider, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sto_gate_free(gate);
	test_provider_finish(&provider);
	return 0;
}

/* What opening these plain bytes gives, sealed by the gate's own key. */
static int open_plain(struct sto_span bytes)
{
	struct sto_buf sealed, plain;
	struct sto_state opened = {0};
	size_t index = 0;
	sto_buf_init(&sealed, 4000);
	sto_buf_init(&plain, STO_LIMIT_STATE);
	assert_ok(
		sto_seal(&sealed, gate->ring, STO_PURPOSE_STATE, STO_SPAN("gate state"), bytes, gate->world));
	int rc = sto_state_open(&opened, &plain, &index, gate, sto_buf_span(&sealed));
	sto_buf_finish(&sealed);
	sto_buf_finish(&plain);
	return rc;
}

static void a_state_of_another_version_is_malformed(void **state)
{
	uint8_t bytes[FIXED_LEN] = {2};
	(void)state;
	assert_ok(open_plain(sto_span_of(bytes, sizeof(bytes))));
	bytes[0] = 3;
	assert_int_equal(open_plain(sto_span_of(bytes, sizeof(bytes))), STO_SEAL_MALFORMED);
	bytes[0] = 1;
	assert_int_equal(open_plain(sto_span_of(bytes, sizeof(bytes))), STO_SEAL_MALFORMED);
}

static void a_state_that_is_too_short_is_malformed(void **state)
{
	uint8_t bytes[FIXED_LEN] = {2};
	(void)state;
	for (size_t len = 0; len < sizeof(bytes); len++)
		assert_int_equal(open_plain(sto_span_of(bytes, len)), STO_SEAL_MALFORMED);
}

static void a_path_longer_than_the_state_is_malformed(void **state)
{
	uint8_t bytes[FIXED_LEN + 3] = {2};
	(void)state;
	bytes[FIXED_LEN - 1] = 3;
	assert_ok(open_plain(sto_span_of(bytes, sizeof(bytes))));
	bytes[FIXED_LEN - 1] = 4;
	assert_int_equal(open_plain(sto_span_of(bytes, sizeof(bytes))), STO_SEAL_MALFORMED);
	bytes[FIXED_LEN - 2] = 0xff;
	assert_int_equal(open_plain(sto_span_of(bytes, sizeof(bytes))), STO_SEAL_MALFORMED);
}

static void a_state_over_its_limit_is_not_opened(void **state)
{
	static uint8_t bytes[STO_LIMIT_STATE] = {2};
	(void)state;
	/* As long as it can be, and one byte longer. */
	size_t longest = STO_LIMIT_STATE / 4 * 3 - (1 + 4 + 12 + 16);
	assert_ok(open_plain(sto_span_of(bytes, longest)));
	assert_int_equal(open_plain(sto_span_of(bytes, longest + 1)), STO_SEAL_MALFORMED);
}

/* CB-12: a cookie of any length costs the same. */
static void marks_beyond_the_limit_are_not_read(void **state)
{
	static const char one[] = "AAAAAAAAAAAAAAAAAAAAAA.";
	static const uint8_t wanted[STO_MARK_LEN] = {1};
	struct sto_buf cookie;
	(void)state;
	sto_buf_init(&cookie, 1000);
	for (size_t i = 0; i < (size_t)2 * STO_LIMIT_BROWSER_MARKS - 1; i++)
		assert_ok(sto_buf_put_str(&cookie, one));
	size_t before = cookie.len;
	assert_ok(sto_buf_put_str(&cookie, "AQAAAAAAAAAAAAAAAAAAAA"));
	assert_true(sto_marks_has(sto_buf_span(&cookie), wanted));
	cookie.len = before;
	assert_ok(sto_buf_put_str(&cookie, one));
	assert_ok(sto_buf_put_str(&cookie, "AQAAAAAAAAAAAAAAAAAAAA"));
	assert_false(sto_marks_has(sto_buf_span(&cookie), wanted));
	sto_buf_finish(&cookie);
}

static void gates_of_two_addresses_are_two_gates(void **state)
{
	(void)state;
	sto_gate *other = test_gate(&provider, "{\"redirect_uri\": \"http://localhost:8502/\"}");
	assert_memory_not_equal(gate->id, other->id, STO_GATE_ID_LEN);
	sto_gate_free(other);
	other = test_gate(&provider, NULL);
	assert_memory_equal(gate->id, other->id, STO_GATE_ID_LEN);
	sto_gate_free(other);
}

#define FACT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(a_state_of_another_version_is_malformed),   FACT(a_state_that_is_too_short_is_malformed),
		FACT(a_path_longer_than_the_state_is_malformed), FACT(a_state_over_its_limit_is_not_opened),
		FACT(marks_beyond_the_limit_are_not_read),       FACT(gates_of_two_addresses_are_two_gates),
	};
	return cmocka_run_group_tests_name("gate/state", tests, NULL, NULL);
}
