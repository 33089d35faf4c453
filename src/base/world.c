#include "stoauth/sys/world.h"

#include <limits.h>
#include <time.h>

#include <openssl/rand.h>

static int64_t system_now_sec(void *ctx)
{
	struct timespec now = {0};
	(void)ctx;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec;
}

static int64_t system_monotonic_ms(void *ctx)
{
	struct timespec now = {0};
	(void)ctx;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int system_random(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	return len <= INT_MAX && RAND_bytes(out, (int)len) == 1 ? STO_OK : STO_NO_RANDOM;
}

const struct sto_world *sto_world_system(void)
{
	static const struct sto_world world = {NULL, system_now_sec, system_monotonic_ms, system_random};
	return &world;
}
