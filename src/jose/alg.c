#include "jose/alg_info.h"

static const struct sto_alg_info table[STO_ALG_COUNT] = {
	[STO_ALG_RS256] = {"RS256", STO_KTY_RSA, "SHA256", NULL, false},
	[STO_ALG_RS384] = {"RS384", STO_KTY_RSA, "SHA384", NULL, false},
	[STO_ALG_RS512] = {"RS512", STO_KTY_RSA, "SHA512", NULL, false},
	[STO_ALG_PS256] = {"PS256", STO_KTY_RSA, "SHA256", NULL, true},
	[STO_ALG_PS384] = {"PS384", STO_KTY_RSA, "SHA384", NULL, true},
	[STO_ALG_PS512] = {"PS512", STO_KTY_RSA, "SHA512", NULL, true},
	[STO_ALG_ES256] = {"ES256", STO_KTY_EC, "SHA256", "P-256", false},
	[STO_ALG_ES384] = {"ES384", STO_KTY_EC, "SHA384", "P-384", false},
	[STO_ALG_ES512] = {"ES512", STO_KTY_EC, "SHA512", "P-521", false},
	/* Ed25519 hashes with SHA-512 inside (RFC 8032), and so does at_hash for it. */
	[STO_ALG_EDDSA] = {"EdDSA", STO_KTY_OKP, "SHA512", "Ed25519", false},
};

const struct sto_alg_info *sto_alg_info(enum sto_alg alg)
{
	return &table[alg];
}

const char *sto_alg_name(enum sto_alg alg)
{
	return table[alg].name;
}

/* RFC 7515 section 4.1.1: names are compared with case. */
int sto_alg_parse(enum sto_alg *out, struct sto_span name)
{
	for (int i = 0; i < STO_ALG_COUNT; i++) {
		if (!sto_span_equal(name, sto_span_str(table[i].name)))
			continue;
		*out = (enum sto_alg)i;
		return STO_OK;
	}
	return STO_ALG_NOT_SUPPORTED;
}
