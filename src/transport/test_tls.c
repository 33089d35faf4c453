#include "transport/test_tls.h"

#include <openssl/err.h>

#include "base/test.h"

static bool start_tls(struct test_peer *peer)
{
	peer->tls = SSL_new(peer->server->tls);
	bool good = peer->tls != NULL && SSL_set_fd(peer->tls, peer->fd) == 1 && SSL_accept(peer->tls) == 1;
	ERR_clear_error();
	return good;
}

void test_tls_use(struct test_server *server, const struct test_identity *identity, int max_version)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	assert_non_null(ctx);
	SSL_CTX_set_security_level(ctx, 0);
	assert_int_equal(SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION), 1);
	assert_int_equal(SSL_CTX_set_max_proto_version(ctx, max_version), 1);
	assert_int_equal(SSL_CTX_use_certificate(ctx, identity->cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(ctx, identity->key), 1);
	server->tls = ctx;
	server->start_tls = start_tls;
}

void test_tls_free(struct test_server *server)
{
	SSL_CTX_free(server->tls);
	server->tls = NULL;
}
