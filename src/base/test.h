/* What every test of the library starts from: cmocka and a few words of our own. */
#ifndef STO_BASE_TEST_H
#define STO_BASE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stoauth/span.h"

#define assert_ok(expression) assert_int_equal((expression), 0)

/* A span against a C string literal. */
#define assert_span(span, text)                                                                              \
	do {                                                                                                 \
		struct sto_span span_ = (span);                                                              \
		assert_int_equal(span_.len, sizeof(text) - 1);                                               \
		if (span_.len > 0)                                                                           \
			assert_memory_equal(span_.ptr, (text), span_.len);                                   \
	} while (0)

#endif
