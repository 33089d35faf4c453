/* The injected world: the clock and the randomness the library runs on. No other code of the
 * library reads a clock or makes random bytes, so a test or a fuzzer can own both. */
#ifndef STOAUTH_SYS_WORLD_H
#define STOAUTH_SYS_WORLD_H

#include "stoauth/error.h"

struct sto_world {
	void *ctx;
	/* Seconds since 1970-01-01T00:00:00Z. Never fails; may jump. */
	int64_t (*now_sec)(void *ctx);
	/* Milliseconds of a clock that never goes back. For deadlines inside one process. */
	int64_t (*monotonic_ms)(void *ctx);
	/* Fills `len` bytes from a cryptographic source; 0 or STO_NO_RANDOM. */
	int (*random)(void *ctx, uint8_t *out, size_t len);
};

/* The operating system's clock and OpenSSL's randomness. Static; any thread. */
STO_API const struct sto_world *sto_world_system(void);

#endif
