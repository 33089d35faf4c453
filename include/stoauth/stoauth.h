/* st_oauth's engine: sign-in by OpenID Connect and OAuth 2.0. One include for everything public. */
#ifndef STOAUTH_STOAUTH_H
#define STOAUTH_STOAUTH_H

#include "stoauth/buf.h"
#include "stoauth/error.h"
#include "stoauth/gate.h"
#include "stoauth/realm.h"
#include "stoauth/span.h"
#include "stoauth/sys/world.h"

/* "0.1.0": the version of the library that is running. Static. */
STO_API const char *sto_version(void);

#endif
