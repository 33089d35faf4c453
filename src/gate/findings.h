/* What a configuration check found: each with file, block, key, line and the mend. */
#ifndef STO_GATE_FINDINGS_H
#define STO_GATE_FINDINGS_H

#include <jansson.h>

#include "stoauth/buf.h"
#include "stoauth/error.h"

/* Where the configuration comes from, borrowed from the request. */
struct sto_config_source {
	struct sto_span kind, file, block, state, detail;
	int64_t line; /* 0: not known */
	const json_t *searched, *blocks;
	const json_t *settings; /* of the request: tells the line of a key, and the variable that set it */
};

struct sto_findings {
	json_t *list; /* owned array */
	bool failed;  /* one is an error */
	const struct sto_config_source *source;
};

STO_CHECKED int sto_findings_init(struct sto_findings *findings, const struct sto_config_source *source);
void sto_findings_finish(struct sto_findings *findings);

/* Adds one. `key` may be NULL (the block as a whole), `line` 0 (that of the key, where it is set). `what`
 * says what is wrong, `mend` what to do; both become part of "message", a whole sentence that begins with the
 * place. Beyond STO_LIMIT_FINDINGS they are dropped. */
void sto_finding_error(struct sto_findings *findings, const char *code, const char *key, int64_t line,
		       const char *mend, const char *what, ...) STO_PRINTF(6, 7);
void sto_finding_warning(struct sto_findings *findings, const char *code, const char *key, int64_t line,
			 const char *mend, const char *what, ...) STO_PRINTF(6, 7);

/* The same with the code nothing_configured, for a file or the block [auth] that is not there, and for a
 * block without a setting. */
void sto_findings_add_nothing(struct sto_findings *findings);

/* A file that is missing, a block that is missing, a file that is broken: three messages. */
void sto_findings_add_source(struct sto_findings *findings);

#endif
