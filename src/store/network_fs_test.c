#include "store/network_fs.h"

#include "base/test.h"

static void shares_between_machines_are_known(void **state)
{
	(void)state;
	assert_string_equal(sto_network_fs_name(0x6969), "NFS");
	assert_string_equal(sto_network_fs_name(0xff534d42), "CIFS");
	assert_string_equal(sto_network_fs_name(0xfe534d42), "SMB2");
	assert_string_equal(sto_network_fs_name(0x65735546), "FUSE");
	assert_string_equal(sto_network_fs_name(0x01021997), "9P");
	/* f_type is a signed word on some machines. */
	assert_string_equal(sto_network_fs_name((uint64_t)(int64_t)(int32_t)0xff534d42), "CIFS");
}

static void file_systems_of_one_machine_are_not(void **state)
{
	static const uint32_t types[] = {0xef53 /* ext4 */,          0x58465342 /* xfs */,
					 0x9123683e /* btrfs */,     0x01021994 /* tmpfs */,
					 0x794c7630 /* overlayfs */, 0x2fc12fc1 /* zfs */};
	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		assert_null(sto_network_fs_name(types[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares_between_machines_are_known),
		cmocka_unit_test(file_systems_of_one_machine_are_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
