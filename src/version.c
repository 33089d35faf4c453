#include "stoauth/stoauth.h"

const char *sto_version(void)
{
	return STO_VERSION;
}
