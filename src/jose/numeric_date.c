#include "jose/numeric_date.h"

static bool in_range(int64_t value)
{
	return value >= 0 && value <= STO_NUMERIC_DATE_MAX;
}

/* The conversion is made only after the range is known: outside of it, it is undefined (C17 6.3.1.4). */
static bool from_real(int64_t *out_sec, double value)
{
	if (!(value >= 0 && value <= (double)STO_NUMERIC_DATE_MAX)) /* false for a NaN */
		return false;
	*out_sec = (int64_t)value;
	return true;
}

bool sto_numeric_date_floor(int64_t *out_sec, const json_t *value)
{
	*out_sec = 0;
	if (json_is_real(value))
		return from_real(out_sec, json_real_value(value));
	if (!json_is_integer(value) || !in_range(json_integer_value(value)))
		return false;
	*out_sec = json_integer_value(value);
	return true;
}

bool sto_numeric_date_ceil(int64_t *out_sec, const json_t *value)
{
	if (!sto_numeric_date_floor(out_sec, value))
		return false;
	if (json_is_real(value) && (double)*out_sec < json_real_value(value))
		++*out_sec;
	return true;
}
