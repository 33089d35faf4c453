/* What a response is made of. */
#include "realm/visit.h"

#include "base/bounds.h"
#include "realm/test_site.h"

static struct test_site site;
static sto_op *op;
static struct sto_visit *visit;

static void make_visit(const char *method)
{
	struct sto_http_request request = {.method = sto_span_str(method), .path = STO_SPAN("/")};
	assert_ok(sto_op_new(&op, NULL, (struct sto_span){NULL, 0}, NULL));
	assert_ok(sto_visit_new(&visit, op, site.realm, &request, STO_PLACE_PAGE));
}

static int setup(void **state)
{
	(void)state;
	test_site_open(&site, "{" TEST_ONE "}");
	make_visit("GET");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sto_visit_free(visit);
	sto_op_free(op);
	test_site_close(&site);
	return 0;
}

/* CWE-113, RD-11, CB-29: whatever goes into a header. */
static void rd_11_a_line_end_is_no_part_of_a_header(void **state)
{
	static const char *const values[] = {"a\r\nSet-Cookie: x=y", "a\r", "\n", "a\x7f", "a\tb", "\x1b[0m"};
	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		assert_int_equal(sto_visit_header(visit, "location", sto_span_str(values[i])), STO_INTERNAL);
		assert_int_equal(sto_visit_redirect(visit, sto_span_str(values[i])), STO_INTERNAL);
		visit->response.n_headers = 0;
	}
	assert_int_equal(sto_visit_header(visit, "location", sto_span_of("a\0b", 3)), STO_INTERNAL);
	assert_int_equal(visit->response.n_headers, 0);
}

static void there_are_only_so_many_headers(void **state)
{
	(void)state;
	for (int i = 0; i < STO_VISIT_HEADERS; i++)
		assert_ok(sto_visit_header(visit, "x", STO_SPAN("y")));
	assert_int_equal(sto_visit_header(visit, "x", STO_SPAN("y")), STO_INTERNAL);
}

static void a_cookie_that_cannot_be_written_is_not_set(void **state)
{
	(void)state;
	assert_int_equal(sto_visit_set_cookie(visit, STO_COOKIE_SESSION, STO_SPAN("a;b"), 60), STO_USAGE);
	assert_int_equal(visit->response.n_headers, 0);
}

static void head_has_the_headers_and_no_body(void **state)
{
	(void)state;
	sto_visit_free(visit);
	sto_op_free(op);
	make_visit("HEAD");
	assert_ok(sto_visit_json(visit, 200, json_pack("{s:b}", "a", 1)));
	assert_int_equal(visit->response.body.len, 0);
	assert_span(visit->response.headers[visit->response.n_headers - 1].value, "10");
}

static void what_lacks_memory_is_refused(void **state)
{
	(void)state;
	assert_int_equal(sto_visit_json(visit, 200, NULL), STO_NO_MEMORY);
	sto_visit_refuse(visit, STO_NO_MEMORY, NULL);
	assert_int_equal(visit->response.status, 500);
	assert_int_equal(visit->response.verdict, STO_VERDICT_RESPOND);
}

#define FACT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(rd_11_a_line_end_is_no_part_of_a_header),
		FACT(there_are_only_so_many_headers),
		FACT(a_cookie_that_cannot_be_written_is_not_set),
		FACT(head_has_the_headers_and_no_body),
		FACT(what_lacks_memory_is_refused),
	};
	return cmocka_run_group_tests_name("realm/respond", tests, NULL, NULL);
}
