#include "store/redis_conn.h"

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#define READ_LEN 16384
#define REPLY_MAX ((size_t)4 << 20)
#define WORD_MAX 32

void sto_redis_command_add(struct sto_redis_command *command, struct sto_span arg)
{
	command->args[command->n] = arg.len == 0 ? "" : (const char *)arg.ptr;
	command->lens[command->n] = arg.len;
	command->n++;
}

void sto_redis_command_add_str(struct sto_redis_command *command, const char *arg)
{
	sto_redis_command_add(command, sto_span_str(arg));
}

/* ---- what the server says ---- */

static struct sto_span first_word(const redisReply *reply)
{
	size_t len = 0;
	while (len < reply->len && reply->str[len] >= 'A' && reply->str[len] <= 'Z')
		len++;
	return sto_span_of(reply->str, len);
}

bool sto_redis_reply_is(const redisReply *reply, const char *word)
{
	return reply->type == REDIS_REPLY_ERROR && sto_span_equal(first_word(reply), sto_span_str(word));
}

int sto_redis_reply_fail(const redisReply *reply, const char *command, int other, struct sto_error *err)
{
	static const struct {
		const char *word;
		int code;
		const char *meaning;
	} known[] = {
		{"OOM", STO_STORE_FULL, "its memory is used up"},
		{"WRONGPASS", STO_STORE_SETUP, "it does not know this user or password"},
		{"NOAUTH", STO_STORE_SETUP, "it wants a password"},
		{"NOPERM", STO_STORE_SETUP, "this user may not do what sessions need"},
		{"LOADING", STO_STORE_FAILED, "it is reading its data"},
		{"BUSY", STO_STORE_FAILED, "it is busy with a script"},
		{"READONLY", STO_STORE_FAILED, "it is a replica"},
		{"MISCONF", STO_STORE_FAILED, "it cannot write to its disk"},
		{"MOVED", STO_STORE_FAILED, "it is a cluster, and another node has these keys"},
	};
	char word[WORD_MAX];
	struct sto_span first = sto_span_slice(first_word(reply), 0, sizeof(word) - 1);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (sto_redis_reply_is(reply, known[i].word))
			return sto_fail(err, known[i].code, "the Redis server says %s to %s: %s",
					known[i].word, command, known[i].meaning);
	memcpy(word, first.ptr, first.len);
	word[first.len] = '\0';
	return sto_fail(err, other, "the Redis server says %s to %s", word, command);
}

/* ---- one command ---- */

static int write_command(bool *sent, struct sto_redis_conn *conn, const struct sto_redis_command *command,
			 int64_t deadline_ms, struct sto_error *err)
{
	char *text = NULL;
	const char *args[STO_REDIS_ARGS_MAX];
	memcpy(args, command->args, sizeof(args));
	long long len = redisFormatCommandArgv(&text, command->n, args, command->lens);
	if (len < 0)
		return sto_fail(err, STO_NO_MEMORY, "no memory for a command");
	int rc = sto_redis_stream_write(&conn->stream, sto_span_of(text, (size_t)len), deadline_ms, err);
	*sent = rc == STO_OK;
	OPENSSL_cleanse(text, (size_t)len); /* it may hold the password */
	redisFreeCommand(text);
	return rc;
}

static int read_reply(redisReply **reply, struct sto_redis_conn *conn, int64_t deadline_ms,
		      struct sto_error *err)
{
	uint8_t bytes[READ_LEN];
	size_t got = 0, total = 0;
	void *found = NULL;
	int rc = STO_OK;
	while (rc == STO_OK && found == NULL) {
		rc = sto_redis_stream_read(&conn->stream, &got, bytes, sizeof(bytes), deadline_ms, err);
		total += got;
		if (rc == STO_OK && total > REPLY_MAX)
			rc = sto_fail(err, STO_STORE_FAILED, "the Redis server's answer is too long");
		if (rc == STO_OK && (redisReaderFeed(conn->reader, (const char *)bytes, got) != REDIS_OK ||
				     redisReaderGetReply(conn->reader, &found) != REDIS_OK))
			rc = sto_fail(err, STO_STORE_FAILED, "what answers is no Redis server");
	}
	*reply = found;
	return rc;
}

int sto_redis_conn_call(redisReply **reply, bool *sent, struct sto_redis_conn *conn,
			const struct sto_redis_command *command, int64_t deadline_ms, struct sto_error *err)
{
	*reply = NULL;
	*sent = false;
	int rc = write_command(sent, conn, command, deadline_ms, err);
	if (rc == STO_OK)
		rc = read_reply(reply, conn, deadline_ms, err);
	conn->used_ms = sto_redis_now_ms();
	return rc;
}

/* ---- signing in ---- */

static int must(struct sto_redis_conn *conn, const struct sto_redis_command *command, int64_t deadline_ms,
		struct sto_error *err)
{
	redisReply *reply = NULL;
	bool sent = false;
	int rc = sto_redis_conn_call(&reply, &sent, conn, command, deadline_ms, err);
	if (rc == STO_OK && reply->type == REDIS_REPLY_ERROR)
		rc = sto_redis_reply_fail(reply, command->args[0], STO_STORE_SETUP, err);
	freeReplyObject(reply);
	return rc;
}

static int authenticate(struct sto_redis_conn *conn, const struct sto_redis_url *url, int64_t deadline_ms,
			struct sto_error *err)
{
	struct sto_redis_command command = {0};
	if (url->user.len == 0 && url->password.len == 0)
		return STO_OK;
	sto_redis_command_add_str(&command, "AUTH");
	if (url->user.len > 0)
		sto_redis_command_add(&command, sto_buf_span(&url->user));
	sto_redis_command_add(&command, sto_buf_span(&url->password));
	return must(conn, &command, deadline_ms, err);
}

static int choose_db(struct sto_redis_conn *conn, const struct sto_redis_url *url, int64_t deadline_ms,
		     struct sto_error *err)
{
	struct sto_redis_command command = {0};
	char number[16];
	if (url->db == 0)
		return STO_OK;
	(void)snprintf(number, sizeof(number), "%u", (unsigned)url->db);
	sto_redis_command_add_str(&command, "SELECT");
	sto_redis_command_add_str(&command, number);
	return must(conn, &command, deadline_ms, err);
}

int sto_redis_conn_open(struct sto_redis_conn *conn, const struct sto_redis_place *place, SSL_CTX *tls,
			int64_t deadline_ms, struct sto_error *err)
{
	*conn = (struct sto_redis_conn){.stream = {-1, NULL}, .reader = redisReaderCreate()};
	int rc = conn->reader == NULL ? sto_fail(err, STO_NO_MEMORY, "no memory for a connection")
				      : sto_redis_stream_open(&conn->stream, place, tls, deadline_ms, err);
	if (rc == STO_OK)
		rc = authenticate(conn, &place->url, deadline_ms, err);
	if (rc == STO_OK)
		rc = choose_db(conn, &place->url, deadline_ms, err);
	if (rc != STO_OK)
		sto_redis_conn_close(conn);
	return rc;
}

void sto_redis_conn_close(struct sto_redis_conn *conn)
{
	sto_redis_stream_close(&conn->stream);
	if (conn->reader != NULL)
		redisReaderFree(conn->reader);
	conn->reader = NULL;
}
