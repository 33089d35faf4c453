/* Which addresses may be connected to. */
#ifndef STO_TRANSPORT_ADDRESS_H
#define STO_TRANSPORT_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* 127.0.0.0/8 and ::1, the former also inside an IPv4-mapped address. */
bool sto_address_is_loopback(const struct sockaddr *address);

/* Whether the address is reachable over the public Internet by the IANA special-purpose registries (RFC
 * 6890). What carries an IPv4 address inside (mapped, NAT64, 6to4) is as public as that one. */
bool sto_address_is_public(const struct sockaddr *address);

#endif
