#include "store/network_fs.h"

#include <stddef.h>

/* The numbers are those of statfs(2) and of the file systems' own sources. FUSE says nothing about what is
 * behind it (sshfs, s3fs, a share of the host), so all of it is refused. */
static const struct {
	uint32_t type;
	const char *name;
} network_fs[] = {
	{0x00006969, "NFS"},    {0x0000517B, "SMB"},    {0xFF534D42, "CIFS"},   {0xFE534D42, "SMB2"},
	{0x65735546, "FUSE"},   {0x01021997, "9P"},     {0x00C36400, "Ceph"},   {0x5346414F, "AFS"},
	{0x6B414653, "kAFS"},   {0x73757245, "Coda"},   {0x0000564C, "NCP"},    {0x01161970, "GFS2"},
	{0x7461636F, "OCFS2"},  {0x0BD00BD0, "Lustre"}, {0x19830326, "BeeGFS"}, {0x47504653, "GPFS"},
	{0xAAD7AAEA, "PanFS"},  {0x013111A8, "IBRIX"},  {0xA501FCF5, "VxFS"},   {0xBACBACBC, "vmhgfs"},
	{0x786F4256, "vboxsf"},
};

const char *sto_network_fs_name(uint64_t f_type)
{
	for (size_t i = 0; i < sizeof(network_fs) / sizeof(network_fs[0]); i++)
		if ((uint32_t)f_type == network_fs[i].type)
			return network_fs[i].name;
	return NULL;
}
