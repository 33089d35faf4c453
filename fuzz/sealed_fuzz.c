/* Sealed values from outside: opening any text gives one of the documented codes and leaves the buffer alone
 * unless it succeeds; what is sealed opens to itself; a changed character never opens. */
#include <string.h>

#include "fuzz.h"
#include "session/keys.h"

static sto_keyring *the_ring(void)
{
	static sto_keyring *ring;
	static const uint8_t secrets[2][STO_KEY_LEN] = {"the first secret is public, here",
							"and so is its predecessor: fuzzy"};
	const struct sto_span spans[2] = {{secrets[0], STO_KEY_LEN}, {secrets[1], STO_KEY_LEN}};
	if (ring == NULL)
		fuzz_assert(sto_keyring_new(&ring, spans, 2, STO_SPAN("https://app.example/"), NULL) ==
			    STO_OK);
	return ring;
}

/* The nonce is a function of nothing, so that a crash can be repeated. */
static int fixed_random(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	memset(out, 0x5a, len);
	return STO_OK;
}

static void open_foreign(struct sto_span text)
{
	struct sto_buf plain;
	size_t index = 7;
	sto_buf_init(&plain, 65536);
	int rc = sto_open(&plain, &index, the_ring(), STO_PURPOSE_STATE, STO_SPAN("issuer"), text);
	fuzz_assert(rc == STO_SEAL_MALFORMED || rc == STO_SEAL_KEY || rc == STO_SEAL_FORGED ||
		    rc == STO_TOO_LARGE);
	fuzz_assert(plain.len == 0 && index == 7);
	sto_buf_finish(&plain);
}

static void open_own(struct sto_span plain)
{
	struct sto_world world = *sto_world_system();
	struct sto_buf sealed;
	struct sto_buf opened;
	world.random = fixed_random;
	sto_buf_init(&sealed, 2 * plain.len + 128);
	sto_buf_init(&opened, plain.len);
	fuzz_assert(sto_seal(&sealed, the_ring(), STO_PURPOSE_SESSION, STO_SPAN("issuer"), plain, &world) ==
		    STO_OK);
	fuzz_assert(sto_open(&opened, NULL, the_ring(), STO_PURPOSE_SESSION, STO_SPAN("issuer"),
			     sto_buf_span(&sealed)) == STO_OK);
	fuzz_assert(sto_span_equal(sto_buf_span(&opened), plain));
	size_t at = plain.len == 0 ? 0 : plain.ptr[0] % sealed.len;
	sealed.data[at] = sealed.data[at] == 'A' ? 'B' : 'A';
	fuzz_assert(sto_open(&opened, NULL, the_ring(), STO_PURPOSE_SESSION, STO_SPAN("issuer"),
			     sto_buf_span(&sealed)) != STO_OK);
	sto_buf_finish(&opened);
	sto_buf_finish(&sealed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 65536)
		return 0;
	open_foreign(sto_span_of(data, size));
	open_own(sto_span_of(data, size));
	return 0;
}
