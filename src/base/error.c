#include "stoauth/error.h"

#include <stdarg.h>
#include <stdio.h>

#define STO_REASON(number, ident, name, group, visitor, operator_hint)                                       \
	{number, STO_GROUP_##group, name, visitor, operator_hint},
static const struct sto_reason reasons[] = {
#include "stoauth/reasons.def"
};
#undef STO_REASON

#define N_REASONS (sizeof(reasons) / sizeof(reasons[0]))

const struct sto_reason *sto_reason_at(size_t index)
{
	return index < N_REASONS ? &reasons[index] : NULL;
}

const struct sto_reason *sto_reason_of(int code)
{
	for (size_t i = 0; i < N_REASONS; i++)
		if (reasons[i].code == code)
			return &reasons[i];
	return &reasons[0];
}

const char *sto_group_name(enum sto_group group)
{
	static const char *const names[] = {
		[STO_GROUP_USAGE] = "usage",         [STO_GROUP_CONFIG] = "config",
		[STO_GROUP_MALFORMED] = "malformed", [STO_GROUP_CRYPTO] = "crypto",
		[STO_GROUP_CLAIMS] = "claims",       [STO_GROUP_EXPIRED] = "expired",
		[STO_GROUP_REPLAY] = "replay",       [STO_GROUP_TRANSPORT] = "transport",
		[STO_GROUP_STORE] = "store",         [STO_GROUP_DENIED] = "denied",
		[STO_GROUP_INTERNAL] = "internal",
	};
	return (size_t)group < sizeof(names) / sizeof(names[0]) ? names[group] : "internal";
}

static void make_printable(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

int sto_fail(struct sto_error *err, int code, const char *format, ...)
{
	if (err == NULL)
		return code;
	va_list args;
	va_start(args, format);
	err->code = code;
	if (vsnprintf(err->detail, sizeof(err->detail), format, args) < 0)
		err->detail[0] = '\0';
	va_end(args);
	make_printable(err->detail);
	return code;
}
