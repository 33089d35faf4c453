#include "provider/oidc/oidc.h"

static const json_t *step_into(const json_t *value, struct sto_span name)
{
	size_t index = 0;
	if (json_is_object(value))
		return json_object_getn(value, (const char *)name.ptr, name.len);
	if (!json_is_array(value) || name.len == 0 || name.len > 4)
		return NULL;
	for (size_t i = 0; i < name.len; i++) {
		if (name.ptr[i] < '0' || name.ptr[i] > '9')
			return NULL;
		index = index * 10 + (size_t)(name.ptr[i] - '0');
	}
	return json_array_get(value, index);
}

const json_t *sto_claim_at(const json_t *claims, struct sto_span field)
{
	const json_t *value = step_into(claims, field);
	struct sto_span rest = field, name;
	if (value != NULL)
		return value;
	for (value = claims; value != NULL && sto_span_split(&name, &rest, '.');)
		value = step_into(value, name);
	return value;
}
