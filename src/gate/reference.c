#include "gate/gate.h"

int sto_reference_make(char out[STO_REFERENCE + 1], const struct sto_world *world)
{
	static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789x";
	uint8_t random[STO_REFERENCE];
	int rc = world->random(world->ctx, random, sizeof(random));
	for (size_t i = 0; i < STO_REFERENCE; i++)
		out[i] = rc == STO_OK ? letters[random[i] & 31] : '-';
	out[STO_REFERENCE] = '\0';
	return rc;
}
