#include "transport/address.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct block4 {
	uint32_t network;
	unsigned bits;
};

/* RFC 6890 and the IANA IPv4 special-purpose registry: not globally reachable. */
static const struct block4 special4[] = {
	{0x00000000, 8},  /* "this network" */
	{0x0a000000, 8},  /* private, RFC 1918 */
	{0x64400000, 10}, /* carrier-grade NAT, RFC 6598 */
	{0x7f000000, 8},  /* loopback */
	{0xa9fe0000, 16}, /* link-local, and the clouds' metadata services */
	{0xac100000, 12}, /* private */
	{0xc0000000, 24}, /* IETF protocol assignments */
	{0xc0000200, 24}, /* documentation */
	{0xc0586300, 24}, /* 6to4 relay anycast, RFC 7526 */
	{0xc0a80000, 16}, /* private */
	{0xc6120000, 15}, /* benchmarks */
	{0xc6336400, 24}, /* documentation */
	{0xcb007100, 24}, /* documentation */
	{0xe0000000, 4},  /* multicast */
	{0xf0000000, 4},  /* reserved and broadcast */
};

static bool is_public4(uint32_t address)
{
	for (size_t i = 0; i < sizeof(special4) / sizeof(special4[0]); i++)
		if ((address ^ special4[i].network) >> (32 - special4[i].bits) == 0)
			return false;
	return true;
}

static uint32_t word_at(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static bool has_prefix(const uint8_t *address, const char *prefix, size_t len)
{
	return memcmp(address, prefix, len) == 0;
}

#define MAPPED "\0\0\0\0\0\0\0\0\0\0\xff\xff"          /* ::ffff:0:0/96 */
#define NAT64 "\0\x64\xff\x9b\0\0\0\0\0\0\0\0"         /* 64:ff9b::/96, RFC 6052 */
#define LOOPBACK6 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01" /* ::1 */

static bool is_public6(const uint8_t *a)
{
	if (has_prefix(a, MAPPED, 12) || has_prefix(a, NAT64, 12))
		return is_public4(word_at(a + 12));
	if ((a[0] & 0xe0) != 0x20) /* 2000::/3 is all the global unicast there is */
		return false;
	if (has_prefix(a, "\x20\x01", 2) && a[2] < 2) /* 2001::/23: Teredo, ORCHID, benchmarks */
		return false;
	if (has_prefix(a, "\x20\x01\x0d\xb8", 4)) /* documentation */
		return false;
	if (has_prefix(a, "\x3f\xff", 2) && (a[2] & 0xf0) == 0) /* 3fff::/20 documentation, RFC 9637 */
		return false;
	if (has_prefix(a, "\x20\x02", 2)) /* 6to4, RFC 3056 */
		return is_public4(word_at(a + 2));
	return true;
}

bool sto_address_is_public(const struct sockaddr *address)
{
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;
	if (address->sa_family == AF_INET) {
		memcpy(&in4, address, sizeof(in4));
		return is_public4(ntohl(in4.sin_addr.s_addr));
	}
	if (address->sa_family != AF_INET6)
		return false;
	memcpy(&in6, address, sizeof(in6));
	return is_public6(in6.sin6_addr.s6_addr);
}

static bool is_loopback4(uint32_t address)
{
	return address >> 24 == 127;
}

bool sto_address_is_loopback(const struct sockaddr *address)
{
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;
	if (address->sa_family == AF_INET) {
		memcpy(&in4, address, sizeof(in4));
		return is_loopback4(ntohl(in4.sin_addr.s_addr));
	}
	if (address->sa_family != AF_INET6)
		return false;
	memcpy(&in6, address, sizeof(in6));
	const uint8_t *a = in6.sin6_addr.s6_addr;
	return has_prefix(a, LOOPBACK6, 16) || (has_prefix(a, MAPPED, 12) && is_loopback4(word_at(a + 12)));
}
