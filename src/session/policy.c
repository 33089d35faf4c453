#include "session/policy.h"

#include "base/bounds.h"

int sto_session_policy_check(const struct sto_session_policy *policy, struct sto_error *err)
{
	if (policy->absolute_sec <= 0)
		return sto_fail(err, STO_CONFIG_WRONG, "a session must last longer than 0 seconds");
	if (policy->idle_sec < 0)
		return sto_fail(err, STO_CONFIG_WRONG, "a session's idle time cannot be negative");
	if (policy->idle_sec > policy->absolute_sec)
		return sto_fail(err, STO_CONFIG_WRONG,
				"a session's idle time cannot be longer than its absolute limit");
	return STO_OK;
}

/* `later_sec` is not negative. */
static int64_t add(int64_t sec, int64_t later_sec)
{
	return sec > INT64_MAX - later_sec ? INT64_MAX : sec + later_sec;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

void sto_session_policy_begin(struct sto_session_record *record, const struct sto_session_policy *policy,
			      int64_t provider_end_sec, int64_t now_sec)
{
	record->created_sec = now_sec;
	record->last_seen_sec = now_sec;
	record->idle_sec = policy->idle_sec;
	record->browser = policy->browser;
	record->absolute_end_sec = add(now_sec, policy->absolute_sec);
	if (provider_end_sec != STO_TIME_NONE)
		record->absolute_end_sec = earlier(record->absolute_end_sec, provider_end_sec);
}

static int64_t absolute_end(const struct sto_session_policy *policy, const struct sto_session_record *record)
{
	return earlier(record->absolute_end_sec, add(record->created_sec, policy->absolute_sec));
}

/* The shorter of the two that is a limit at all. */
static int64_t idle_limit(const struct sto_session_policy *policy, const struct sto_session_record *record)
{
	if (policy->idle_sec <= 0 || record->idle_sec <= 0)
		return policy->idle_sec > 0 ? policy->idle_sec : record->idle_sec;
	return earlier(policy->idle_sec, record->idle_sec);
}

int64_t sto_session_policy_end(const struct sto_session_policy *policy,
			       const struct sto_session_record *record)
{
	int64_t end = absolute_end(policy, record);
	int64_t idle = idle_limit(policy, record);
	return idle <= 0 ? end : earlier(end, add(record->last_seen_sec, idle));
}

bool sto_session_policy_touch_due(const struct sto_session_policy *policy,
				  const struct sto_session_record *record, int64_t now_sec)
{
	int64_t idle = idle_limit(policy, record);
	int64_t interval = idle / 20 > STO_SESSION_TOUCH_SEC ? idle / 20 : STO_SESSION_TOUCH_SEC;
	if (idle <= 0 || sto_session_policy_end(policy, record) >= absolute_end(policy, record))
		return false;
	return now_sec >= add(record->last_seen_sec, interval < idle / 2 ? interval : idle / 2);
}

int64_t sto_session_policy_max_age(const struct sto_session_policy *policy,
				   const struct sto_session_record *record, int64_t now_sec)
{
	int64_t end = absolute_end(policy, record);
	if (record->browser)
		return -1;
	if (end <= now_sec)
		return 0;
	return now_sec < 0 && end > INT64_MAX + now_sec ? INT64_MAX : end - now_sec;
}
