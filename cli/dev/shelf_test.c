#include "dev/shelf.h"

#include <stdio.h>

#include "base/test.h"

static struct dev_shelf shelf;

static int forget(void **state)
{
	(void)state;
	dev_shelf_finish(&shelf);
	return 0;
}

static void put(const char *name, int64_t expires_sec)
{
	json_t *value = json_string(name);
	assert_ok(dev_shelf_put(&shelf, sto_span_str(name), value, expires_sec));
	json_decref(value);
}

static void what_is_kept_is_found_until_it_expires(void **state)
{
	(void)state;
	put("a", 100);
	assert_string_equal(json_string_value(dev_shelf_find(&shelf, STO_SPAN("a"), 99)), "a");
	assert_null(dev_shelf_find(&shelf, STO_SPAN("a"), 100));
	assert_null(dev_shelf_find(&shelf, STO_SPAN("b"), 0));
}

static void what_is_dropped_is_gone(void **state)
{
	(void)state;
	put("a", 100);
	put("b", 100);
	dev_shelf_drop(&shelf, STO_SPAN("a"));
	dev_shelf_drop(&shelf, STO_SPAN("a"));
	assert_null(dev_shelf_find(&shelf, STO_SPAN("a"), 0));
	assert_non_null(dev_shelf_find(&shelf, STO_SPAN("b"), 0));
}

static void the_oldest_makes_place(void **state)
{
	char name[16];
	(void)state;
	for (int i = 0; i <= DEV_SHELF_MAX; i++) {
		(void)snprintf(name, sizeof(name), "%d", i);
		put(name, 100);
	}
	assert_null(dev_shelf_find(&shelf, STO_SPAN("0"), 0));
	assert_non_null(dev_shelf_find(&shelf, STO_SPAN("1"), 0));
	assert_non_null(dev_shelf_find(&shelf, sto_span_str(name), 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(what_is_kept_is_found_until_it_expires, forget),
		cmocka_unit_test_teardown(what_is_dropped_is_gone, forget),
		cmocka_unit_test_teardown(the_oldest_makes_place, forget),
	};
	return cmocka_run_group_tests_name("dev/shelf", tests, NULL, NULL);
}
