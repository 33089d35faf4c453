/* TLS for redis_stream.c. OpenSSL's own socket BIO raises SIGPIPE where a server is gone, so ours sends. */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "store/redis_stream.h"

static bool again(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static int socket_write(BIO *bio, const char *bytes, int len)
{
	int fd = (int)(intptr_t)BIO_get_data(bio);
	BIO_clear_retry_flags(bio);
	ssize_t n = send(fd, bytes, (size_t)len, MSG_NOSIGNAL);
	if (n < 0 && again())
		BIO_set_retry_write(bio);
	return (int)n;
}

static int socket_read(BIO *bio, char *out, int max)
{
	int fd = (int)(intptr_t)BIO_get_data(bio);
	BIO_clear_retry_flags(bio);
	ssize_t n = recv(fd, out, (size_t)max, 0);
	if (n < 0 && again())
		BIO_set_retry_read(bio);
	return (int)n;
}

static long socket_ctrl(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static BIO_METHOD *socket_method;

static void make_method(void)
{
	BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "st_oauth socket");
	if (method == NULL || BIO_meth_set_write(method, socket_write) != 1 ||
	    BIO_meth_set_read(method, socket_read) != 1 || BIO_meth_set_ctrl(method, socket_ctrl) != 1) {
		BIO_meth_free(method);
		return;
	}
	socket_method = method; /* for the life of the process, as the module itself */
}

static BIO *socket_bio(int fd)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	(void)pthread_once(&once, make_method);
	BIO *bio = socket_method == NULL ? NULL : BIO_new(socket_method);
	if (bio != NULL) {
		BIO_set_data(bio, (void *)(intptr_t)fd);
		BIO_set_init(bio, 1);
	}
	return bio;
}

/* RFC 6125: the certificate must name this very host. An address is not looked for among names. */
static bool expect_host(SSL *tls, char *host)
{
	unsigned char address[sizeof(struct in6_addr)];
	if (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), host) == 1;
	SSL_set_hostflags(tls, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(tls, host) == 1 && SSL_set_tlsext_host_name(tls, host) == 1;
}

SSL *sto_redis_tls_start(SSL_CTX *ctx, int fd, struct sto_span host)
{
	char name[256];
	if (host.len == 0 || host.len >= sizeof(name))
		return NULL;
	memcpy(name, host.ptr, host.len);
	name[host.len] = '\0';
	SSL *tls = SSL_new(ctx);
	BIO *bio = socket_bio(fd);
	if (tls == NULL || bio == NULL || !expect_host(tls, name)) {
		BIO_free(bio);
		SSL_free(tls);
		ERR_clear_error();
		return NULL;
	}
	SSL_set_bio(tls, bio, bio);
	SSL_set_connect_state(tls);
	return tls;
}

static int load_file(SSL_CTX *ctx, struct sto_span ca_file, struct sto_error *err)
{
	char path[PATH_MAX];
	if (ca_file.len >= sizeof(path) || sto_span_find(ca_file, 0) < ca_file.len)
		return sto_fail(err, STO_STORE_SETUP,
				"the file of authorities for the Redis server is no path");
	memcpy(path, ca_file.ptr, ca_file.len);
	path[ca_file.len] = '\0';
	if (SSL_CTX_load_verify_file(ctx, path) != 1)
		return sto_fail(err, STO_STORE_SETUP, "no PEM certificate in %s", path);
	return STO_OK;
}

int sto_redis_tls_new(SSL_CTX **out, struct sto_span ca_file, struct sto_error *err)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	int rc = STO_OK;
	*out = NULL;
	if (ctx == NULL || SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1)
		rc = sto_fail(err, STO_NO_MEMORY, "no memory for TLS");
	else if (ca_file.len > 0)
		rc = load_file(ctx, ca_file, err);
	else if (SSL_CTX_set_default_verify_paths(ctx) != 1)
		rc = sto_fail(err, STO_STORE_SETUP, "the system's certificate authorities cannot be read");
	ERR_clear_error();
	if (rc != STO_OK) {
		SSL_CTX_free(ctx);
		return rc;
	}
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	*out = ctx;
	return STO_OK;
}
