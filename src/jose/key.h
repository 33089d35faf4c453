/* A key from inside. One const struct of operations stands behind each key type, one a file. */
#ifndef STO_JOSE_KEY_H
#define STO_JOSE_KEY_H

#include <openssl/evp.h>

#include "base/bounds.h"
#include "jose/alg_info.h"
#include "jose/jwk.h"
#include "jose/verifier.h"

#define STO_ED25519_LEN 32

struct sto_kty_ops;

struct sto_jwk {
	const struct sto_kty_ops *ops;
	uint32_t algs; /* STO_ALG_BIT()s it may be used for: one where its "alg" names it */
	bool has_alg;  /* whether "alg" was there */
	bool has_kid;  /* whether "kid" was there */
	bool is_private;
	struct sto_buf kid;
	EVP_PKEY *pkey;                     /* RSA and EC */
	struct sto_verifier_pool *pool;     /* RSA and EC: contexts of this key at rest */
	uint8_t ed_public[STO_ED25519_LEN]; /* OKP */
	uint8_t *ed_secret;                 /* OKP, private: libsodium's 64 bytes in its guarded memory */
};

/* All members are mandatory. parse and generate fill a key that is all zero but for `ops`, and set `algs` to
 * all that fit the type; what they made before a failure is freed with the key. */
struct sto_kty_ops {
	const char *name; /* "kty" */
	int (*parse)(sto_jwk *key, const json_t *object, struct sto_error *err);
	int (*generate)(sto_jwk *key, enum sto_alg alg, struct sto_error *err);
	/* Adds the members of the type to the JSON object. STO_NO_MEMORY. */
	int (*put)(json_t *object, const sto_jwk *key, bool with_private);
	/* STO_TOKEN_SIGNATURE, STO_NO_MEMORY. Any thread. */
	int (*verify)(const sto_jwk *key, enum sto_alg alg, struct sto_span message,
		      struct sto_span signature);
	/* Appends the signature as RFC 7518 section 3 writes it, not yet base64url. */
	int (*sign)(struct sto_buf *out, const sto_jwk *key, enum sto_alg alg, struct sto_span message);
};

extern const struct sto_kty_ops sto_kty_rsa, sto_kty_ec, sto_kty_okp;

/* Whether the key may be used with the algorithm: its type, curve and "alg" (RFC 8725 section 3.1). */
bool sto_jwk_fits(const sto_jwk *key, enum sto_alg alg);

/* Whether a JWK has private or symmetric members. */
bool sto_jwk_json_is_secret(const json_t *object);

/* A base64url member as bytes, appended to *out. STO_KEY_MALFORMED, STO_TOO_LARGE, STO_NO_MEMORY. */
STO_CHECKED int sto_jwk_get_bytes(struct sto_buf *out, const json_t *object, const char *name,
				  struct sto_error *err);
/* The other way. STO_NO_MEMORY. */
STO_CHECKED int sto_jwk_put_bytes(json_t *object, const char *name, struct sto_span bytes);
/* A number of the EVP key, big-endian, padded to `pad_len` bytes (0: as short as it is). STO_NO_MEMORY. */
STO_CHECKED int sto_jwk_put_number(json_t *object, const char *name, const EVP_PKEY *pkey, const char *param,
				   size_t pad_len);

/* Parts of the EVP side that RSA and EC share. */
STO_CHECKED int sto_evp_sign(struct sto_buf *out, EVP_PKEY *pkey, enum sto_alg alg, struct sto_span message);
/* Sets padding and hash of RFC 7518 section 3.3 and 3.5 on a context made for `alg`. */
STO_CHECKED int sto_evp_set_alg(EVP_PKEY_CTX *ctx, enum sto_alg alg, const EVP_MD *hash);

/* Largest RSA modulus, and so largest signature, in bytes. */
#define STO_SIGNATURE_MAX (STO_LIMIT_RSA_BITS / 8)

#endif
