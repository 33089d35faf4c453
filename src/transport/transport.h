/* The transport module over libcurl, loaded on first use from the library's own folder. Its functions are
 * public: sto_transport_curl_open() and sto_transport_close(). */
#ifndef STO_TRANSPORT_TRANSPORT_H
#define STO_TRANSPORT_TRANSPORT_H

#include "stoauth/sys/transport.h"

#endif
