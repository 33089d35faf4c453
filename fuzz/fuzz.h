/* What the fuzz targets share. */
#ifndef STO_FUZZ_FUZZ_H
#define STO_FUZZ_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "stoauth/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A fact that must hold for every input; it holds in release builds too. */
#define fuzz_assert(fact)                                                                                    \
	do {                                                                                                 \
		if (!(fact)) {                                                                               \
			(void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #fact);                     \
			abort();                                                                             \
		}                                                                                            \
	} while (0)

#endif
