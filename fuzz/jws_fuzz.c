/* Any text as a token. The keys are the public ones of RFC 7515 appendix A.2 and A.3 and RFC 8037 appendix
 * A.2, so the valid tokens of those examples are seeds, and a payload other than theirs would be a forgery.
 */
#include "base/bounds.h"
#include "fuzz.h"
#include "jose/jws.h"

static const char keys[] = "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_"
			   "wWJcyQoTbji9k0l8W26mPddxHmfHQp-"
			   "Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-"
			   "yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-"
			   "bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-"
			   "UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-"
			   "DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91k"
			   "zk2PAcDTW9gb54h4FRWyuXpoQ\",\"e\":\"AQAB\"},{\"kty\":\"EC\",\"crv\":\"P-256\","
			   "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV7"
			   "6e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"},{"
			   "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":"
			   "\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}";

static bool is_payload_of_an_example(struct sto_span payload)
{
	return sto_span_equal(payload, STO_SPAN("{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n "
						"\"http://example.com/is_root\":true}")) ||
	       sto_span_equal(payload, STO_SPAN("Example of Ed25519 signing"));
}

static void verify(struct sto_span token)
{
	static sto_jwks *set;
	struct sto_buf payload;
	struct sto_error err;
	const struct sto_jws_policy policy = {STO_ALG_ALL, NULL};
	if (set == NULL && sto_jwks_parse(&set, NULL, sto_span_of(keys, sizeof(keys) - 1), NULL) != STO_OK)
		abort();
	sto_buf_init(&payload, STO_LIMIT_TOKEN);
	int rc = sto_jws_verify(&payload, set, &policy, token, &err);
	if (rc == STO_OK)
		fuzz_assert(is_payload_of_an_example(sto_buf_span(&payload)));
	else
		fuzz_assert(payload.len == 0 && err.code == rc);
	sto_buf_finish(&payload);
}

static void peek(struct sto_span token)
{
	json_t *header = NULL;
	struct sto_buf payload;
	sto_buf_init(&payload, STO_LIMIT_TOKEN);
	int rc = sto_jws_peek_header(&header, token, NULL);
	fuzz_assert((rc == STO_OK) == (header != NULL));
	json_decref(header);
	rc = sto_jws_peek_payload(&payload, token, NULL);
	fuzz_assert(rc == STO_OK || payload.len == 0);
	sto_buf_finish(&payload);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	verify(sto_span_of(data, size));
	peek(sto_span_of(data, size));
	return 0;
}
