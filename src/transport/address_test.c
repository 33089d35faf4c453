#include "transport/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "base/test.h"

union any_address {
	struct sockaddr any;
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
};

static union any_address parse(const char *text)
{
	union any_address address;
	memset(&address, 0, sizeof(address));
	if (inet_pton(AF_INET, text, &address.in4.sin_addr) == 1)
		address.in4.sin_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &address.in6.sin6_addr) == 1)
		address.in6.sin6_family = AF_INET6;
	else
		fail_msg("not an address: %s", text);
	return address;
}

static void check_public(const char *const *texts, size_t count, bool want)
{
	for (size_t i = 0; i < count; i++) {
		union any_address address = parse(texts[i]);
		if (sto_address_is_public(&address.any) != want)
			fail_msg("%s", texts[i]);
	}
}

static void public_addresses_are_public(void **state)
{
	static const char *const texts[] = {
		"1.1.1.1",          "8.8.8.8",         "9.255.255.255",      "11.0.0.0",
		"100.63.255.255",   "100.128.0.0",     "126.255.255.255",    "128.0.0.0",
		"169.253.255.255",  "169.255.0.0",     "172.15.255.255",     "172.32.0.0",
		"192.167.255.255",  "192.169.0.0",     "198.17.255.255",     "198.20.0.0",
		"223.255.255.255",  "2606:4700::1111", "2a00:1450:4001::8a", "::ffff:8.8.8.8",
		"64:ff9b::808:808", "2002:808:808::1", "2001:200::1",
	};
	(void)state;
	check_public(texts, sizeof(texts) / sizeof(texts[0]), true);
}

static void special_addresses_are_not(void **state)
{
	static const char *const texts[] = {
		"0.0.0.0",
		"0.1.2.3",
		"10.0.0.0",
		"10.255.255.255",
		"100.64.0.0",
		"100.127.255.255",
		"127.0.0.1",
		"127.255.255.255",
		"169.254.0.1",
		"169.254.169.254",
		"172.16.0.0",
		"172.31.255.255",
		"192.0.0.8",
		"192.0.2.1",
		"192.88.99.1",
		"192.168.0.1",
		"198.18.0.1",
		"198.19.255.255",
		"198.51.100.7",
		"203.0.113.7",
		"224.0.0.1",
		"239.255.255.255",
		"240.0.0.1",
		"255.255.255.255",
		"::",
		"::1",
		"::7f00:1",
		"::808:808",
		"fe80::1",
		"febf::1",
		"fec0::1",
		"fc00::1",
		"fd12:3456::1",
		"ff02::1",
		"100::1",
		"2001::1",
		"2001:db8::1",
		"2001:1ff::1",
		"3fff::1",
		"4000::1",
		"::ffff:127.0.0.1",
		"::ffff:10.0.0.1",
		"::ffff:0.0.0.0",
		"::ffff:169.254.169.254",
		"64:ff9b::7f00:1",
		"64:ff9b::a9fe:a9fe",
		"64:ff9b:1::808:808",
		"64:ff9b::a00:1",
		"2002:7f00:1::1",
		"2002:a00:1::1",
		"2002:c0a8:1::1",
	};
	(void)state;
	check_public(texts, sizeof(texts) / sizeof(texts[0]), false);
}

static void other_families_are_not_public(void **state)
{
	union any_address address = {.un = {.sun_family = AF_UNIX}};
	(void)state;
	assert_false(sto_address_is_public(&address.any));
	assert_false(sto_address_is_loopback(&address.any));
}

static void loopback_is_told_from_the_rest(void **state)
{
	static const struct {
		const char *text;
		bool loopback;
	} rows[] = {
		{"127.0.0.1", true},
		{"127.9.9.9", true},
		{"::1", true},
		{"::ffff:127.0.0.1", true},
		{"128.0.0.1", false},
		{"0.0.0.0", false},
		{"::", false},
		{"::2", false},
		{"10.0.0.1", false},
		{"::7f00:1", false},
		{"::ffff:10.0.0.1", false},
		{"8.8.8.8", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		union any_address address = parse(rows[i].text);
		assert_int_equal(sto_address_is_loopback(&address.any), rows[i].loopback);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(public_addresses_are_public),
		cmocka_unit_test(special_addresses_are_not),
		cmocka_unit_test(other_families_are_not_public),
		cmocka_unit_test(loopback_is_told_from_the_rest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
