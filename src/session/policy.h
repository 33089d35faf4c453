/* How long a session lasts. */
#ifndef STO_SESSION_POLICY_H
#define STO_SESSION_POLICY_H

#include "session/record.h"

struct sto_session_policy {
	int64_t absolute_sec; /* from the sign-in on, whatever happens; more than 0 */
	int64_t idle_sec;     /* since the last touch; 0: no such limit */
	bool browser;         /* the cookie goes when the browser closes */
};

/* STO_CONFIG_WRONG: no absolute limit, a negative time, or an idle limit above the absolute one. */
STO_CHECKED int sto_session_policy_check(const struct sto_session_policy *policy, struct sto_error *err);

/* Writes the limits of a session that begins at `now_sec` into its record. `provider_end_sec` is where the
 * provider's own session ends, STO_TIME_NONE where that is not followed. */
void sto_session_policy_begin(struct sto_session_record *record, const struct sto_session_policy *policy,
			      int64_t provider_end_sec, int64_t now_sec);

/* The second from which on nobody is signed in, if nothing touches the session: the earliest of the limits
 * that the record was made with and those of today, so that a shorter one holds for sessions that are there.
 */
int64_t sto_session_policy_end(const struct sto_session_policy *policy,
			       const struct sto_session_record *record);

/* Whether a touch would move that second and is not too soon after the last one: at most once in the larger
 * of STO_SESSION_TOUCH_SEC and a twentieth of the idle limit. An idle limit under two such times is touched
 * at its half, or it would not slide at all. */
bool sto_session_policy_touch_due(const struct sto_session_policy *policy,
				  const struct sto_session_record *record, int64_t now_sec);

/* Max-Age of the cookie: what is left of the absolute limit; -1 where it goes with the browser. */
int64_t sto_session_policy_max_age(const struct sto_session_policy *policy,
				   const struct sto_session_record *record, int64_t now_sec);

#endif
