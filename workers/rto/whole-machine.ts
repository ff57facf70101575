type Typed = { platform: string | null; type: string | null };

/** Platforms whose objects are machines; all others hold databases, shares, mailboxes and the like. */
const MACHINES =
  /^(vmware|vsphere|hyper-?v|clouddirector|vcd|(windows|linux|mac|aix|solaris|unix)physical(ppc)?|ec2|awsec2|azurecompute|gce|googlecloud|nutanix(ahv)?|proxmox|ovirt|scalecomputing|xcp-?ng|hpevme)$/i;
/** What a backup of machines may hold besides. */
const NO_MACHINE =
  /^(folder|tag|category|datacenter|cluster|host|vcenter(server)?|resourcepool|datastore|storagepolicy|virtualapp|vapp|volume|disk|file|share|database|hostgroup|scvmm|organization|organizationvdc|protectiongroup)/i;

/** Whether a workload is a whole machine, which can be one with that of another source. */
export function isWholeMachine({ platform, type }: Typed): boolean {
  if (platform === 'AzureBackup') return type === 'AzureVm';
  return MACHINES.test(platform ?? '') && !NO_MACHINE.test(type ?? '');
}

/** Of computers with agents alone: a hypervisor's list of machines does not say it. */
export function osFamilyOf({ platform }: Typed): 'windows' | 'linux' | null {
  if (/^windowsphysical/i.test(platform ?? '')) return 'windows';
  return /^linuxphysical/i.test(platform ?? '') ? 'linux' : null;
}
