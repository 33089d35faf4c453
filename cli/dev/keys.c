#include "dev/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64url.h"
#include "base/bounds.h"
#include "base/json.h"
#include "stoauth/sys/world.h"

static const enum sto_alg algs[DEV_KEY_COUNT] = {STO_ALG_RS256, STO_ALG_ES256, STO_ALG_EDDSA};

/* A kid that no other start has, so that a kept key set is seen to be old. */
static int put_kid(struct sto_buf *out, enum sto_alg alg)
{
	uint8_t random[6];
	const struct sto_world *world = sto_world_system();
	int rc = world->random(world->ctx, random, sizeof(random));
	if (rc == STO_OK)
		rc = sto_buf_printf(out, "%s-", sto_alg_name(alg));
	return rc == STO_OK ? sto_base64url_encode(out, sto_span_of(random, sizeof(random))) : rc;
}

static int make_key(sto_jwk **out, enum sto_alg alg, struct sto_error *err)
{
	struct sto_buf kid;
	sto_buf_init(&kid, 64);
	int rc = put_kid(&kid, alg);
	if (rc == STO_OK)
		rc = sto_jwk_generate(out, alg, sto_buf_span(&kid), err);
	sto_buf_finish(&kid);
	return rc;
}

static int make_keys(struct dev_keys *keys, struct sto_error *err)
{
	int rc = STO_OK;
	for (size_t i = 0; i < DEV_KEY_COUNT && rc == STO_OK; i++)
		rc = make_key(&keys->key[i], algs[i], err);
	return rc;
}

/* ---- keeping them ---- */

static int load_keys(struct dev_keys *keys, const json_t *set, const char *path, struct sto_error *err)
{
	const json_t *array = json_object_get(set, "keys");
	int rc = json_array_size(array) == DEV_KEY_COUNT ? STO_OK : STO_INTERNAL;
	for (size_t i = 0; i < DEV_KEY_COUNT && rc == STO_OK; i++)
		rc = sto_jwk_parse(&keys->key[i], json_array_get(array, i), err);
	return rc == STO_OK ? rc : sto_fail(err, STO_INTERNAL, "%s does not hold this provider's keys", path);
}

static json_t *private_set(const struct dev_keys *keys)
{
	json_t *array = json_array();
	for (size_t i = 0; i < DEV_KEY_COUNT; i++)
		(void)json_array_append_new(array, sto_jwk_private_json(keys->key[i]));
	return json_pack("{s:o}", "keys", array);
}

static int save_keys(const struct dev_keys *keys, const char *path, struct sto_error *err)
{
	json_t *set = private_set(keys);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int rc = fd >= 0 && json_dumpfd(set, fd, JSON_COMPACT) == 0 ? STO_OK : STO_INTERNAL;
	if (rc != STO_OK)
		rc = sto_fail(err, STO_INTERNAL, "%s cannot be written: %s", path, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	json_decref(set);
	return rc;
}

static int keep_keys(struct dev_keys *keys, const char *dir, struct sto_error *err)
{
	char path[PATH_MAX];
	int len = snprintf(path, sizeof(path), "%s/keys.json", dir);
	if (len < 0 || (size_t)len >= sizeof(path))
		return sto_fail(err, STO_INTERNAL, "the name of the state folder is too long");
	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return sto_fail(err, STO_INTERNAL, "%s cannot be made: %s", dir, strerror(errno));
	if (access(path, F_OK) == 0) {
		json_t *set = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
		int rc = load_keys(keys, set, path, err);
		json_decref(set);
		return rc;
	}
	int rc = make_keys(keys, err);
	return rc == STO_OK ? save_keys(keys, path, err) : rc;
}

/* ---- using them ---- */

json_t *dev_keys_public(const struct dev_keys *keys)
{
	json_t *array = json_array();
	for (size_t i = 0; i < DEV_KEY_COUNT; i++)
		(void)json_array_append_new(array, sto_jwk_public_json(keys->key[i]));
	return json_pack("{s:o}", "keys", array);
}

static int make_set(struct dev_keys *keys, struct sto_error *err)
{
	struct sto_buf text;
	json_t *set = dev_keys_public(keys);
	sto_buf_init(&text, STO_LIMIT_JWKS);
	int rc = set == NULL ? STO_NO_MEMORY : sto_json_dump(&text, set);
	if (rc == STO_OK)
		rc = sto_jwks_parse(&keys->set, NULL, sto_buf_span(&text), err);
	json_decref(set);
	sto_buf_finish(&text);
	return rc;
}

int dev_keys_init(struct dev_keys *keys, const char *state_dir, struct sto_error *err)
{
	*keys = (struct dev_keys){0};
	int rc = state_dir == NULL ? make_keys(keys, err) : keep_keys(keys, state_dir, err);
	return rc == STO_OK ? make_set(keys, err) : rc;
}

void dev_keys_finish(struct dev_keys *keys)
{
	for (size_t i = 0; i < DEV_KEY_COUNT; i++)
		sto_jwk_free(keys->key[i]);
	sto_jwks_free(keys->set);
	*keys = (struct dev_keys){0};
}

int dev_keys_sign(struct sto_buf *out, const struct dev_keys *keys, enum sto_alg alg, const char *typ,
		  const json_t *claims)
{
	struct sto_buf payload;
	int rc = STO_INTERNAL;
	sto_buf_init(&payload, STO_LIMIT_TOKEN);
	for (size_t i = 0; i < DEV_KEY_COUNT; i++) {
		if (algs[i] != alg)
			continue;
		rc = sto_json_dump(&payload, claims);
		if (rc == STO_OK)
			rc = sto_jws_sign(out, keys->key[i], alg, typ, sto_buf_span(&payload), NULL);
	}
	sto_buf_finish(&payload);
	return rc;
}
