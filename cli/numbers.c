#include "numbers.h"

#include <string.h>

/* Reads the digits at the front; gives how many there are, 0 where the number is over `max`. */
static size_t read_digits(int64_t *out, const char *text, int64_t max)
{
	size_t len = 0;
	*out = 0;
	for (; text[len] >= '0' && text[len] <= '9'; len++) {
		int digit = text[len] - '0';
		if (*out > (max - digit) / 10)
			return 0;
		*out = *out * 10 + digit;
	}
	return len;
}

bool cli_read_number(int64_t *out, const char *text, int64_t max)
{
	size_t len = read_digits(out, text, max);
	return len > 0 && text[len] == 0;
}

static int64_t unit_sec(const char *unit)
{
	static const struct {
		const char *name;
		int64_t sec;
	} units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(unit, units[i].name) == 0)
			return units[i].sec;
	return 0;
}

bool cli_read_duration(int64_t *out_sec, const char *text, int64_t max_sec)
{
	int64_t count = 0;
	size_t len = read_digits(&count, text, max_sec);
	int64_t unit = len > 0 ? unit_sec(text + len) : 0;
	if (unit == 0 || count < 1 || count > max_sec / unit)
		return false;
	*out_sec = count * unit;
	return true;
}
