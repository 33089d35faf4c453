/* The transport module over libcurl, loaded on first use from the library's own folder. */
#ifndef STO_TRANSPORT_TRANSPORT_H
#define STO_TRANSPORT_TRANSPORT_H

#include "stoauth/sys/transport.h"

/* Opens the libcurl transport: loads LIBDIR/stoauth/transport_curl.so once per process (never unloaded),
 * where LIBDIR is the folder libstoauth itself was loaded from. STO_FETCH_SETUP where the module is missing
 * or of another ABI. Any thread. */
STO_CHECKED STO_API int sto_transport_curl_open(struct sto_transport *out,
						const struct sto_transport_options *options,
						struct sto_error *err);
STO_API void sto_transport_close(struct sto_transport *transport); /* closed ones and NULL are fine */

#endif
