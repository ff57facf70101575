import assert from 'node:assert/strict';
import { idOf, NET, STORAGE, type Writable } from './writable.ts';

export type Args = Record<string, unknown>;
type Answer = any; // oxlint-disable-line typescript/no-explicit-any -- tests look into answers of all tools
/** A write tool, what it needs, what spoils it, and what has to be so afterwards. */
export type Case = {
  tool: string;
  isDestructive?: boolean;
  /** What has to be there before. */
  before?: (estate: Writable) => Promise<Args | void>;
  args: (estate: Writable, before: Args) => Args;
  /** Arguments that spoil the call, and what is said of them. */
  bad: [Args, RegExp][];
  /** The role that is named where Azure says no. */
  role: 'Backup Operator' | 'Backup Contributor';
  /** The requests that leave, methods only. */
  methods: string[];
  after: (answer: Answer, estate: Writable) => Promise<void> | void;
};

const isoDays = (from: string, to: string) => Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
const WAIT = { wait_seconds: 120 };

export const CASES: Case[] = [
  {
    tool: 'register_vm',
    args: ({ fresh }) => ({ vm_resource_id: idOf(fresh), ...WAIT }),
    bad: [
      [{ vm_resource_id: 'no-id' }, /ARM id of a virtual machine/],
      [{ vm_resource_id: undefined }, /no machine is named/],
      [{ workload_type: 'Oracle' }, /workload_type/],
      [{ vm_resource_id: undefined, vm_name: 'fresh-02' }, /no machine fresh-02/],
    ],
    role: 'Backup Contributor',
    methods: ['POST'],
    after: async ({ state, item_name, vm_id }, { fresh, done }) => {
      assert.deepEqual(
        [state, item_name, vm_id],
        ['discovered', `VM;iaasvmcontainerv2;${fresh.group};fresh-01`, idOf(fresh)],
      );
      const again = await done('register_vm', { vm_name: 'fresh-01' });
      assert.deepEqual([again.status, again.state], ['unchanged', 'discovered']);
    },
  },
  {
    tool: 'register_vm',
    args: ({ bare }) => ({ vm_name: bare.name, workload_type: 'SQLDataBase', ...WAIT }),
    bad: [],
    role: 'Backup Contributor',
    methods: ['PUT'],
    after: ({ state, container_name }, { bare, azure, vault }) => {
      assert.deepEqual(
        [state, container_name],
        ['registered', `VMAppContainer;Compute;${bare.group};${bare.name}`],
      );
      assert.ok(azure.world.containers.find(vault, container_name));
    },
  },
  {
    tool: 'reregister_vm',
    before: async ({ bare, done }) =>
      void (await done('register_vm', { vm_name: bare.name, workload_type: 'SAPHanaDatabase', ...WAIT })),
    args: ({ bare }) => ({ vm_name: bare.name, workload_type: 'SAPHanaDatabase', ...WAIT }),
    bad: [
      [{ vm_name: 'fresh-01' }, /fresh-01 is not registered with vault/],
      [{ vm_name: '' }, /vm_name/],
    ],
    role: 'Backup Contributor',
    methods: ['PUT'],
    after: ({ state }) => assert.equal(state, 'registered'),
  },
  {
    tool: 'reregister_vm',
    args: ({ machines }) => ({ vm_name: machines[0]?.name, ...WAIT }),
    bad: [],
    role: 'Backup Contributor',
    methods: ['POST'],
    after: ({ state, protected_by_vault }, { vault }) =>
      assert.deepEqual([state, protected_by_vault], ['already_protected', vault.name]),
  },
  {
    tool: 'unregister_vm',
    isDestructive: true,
    before: async ({ bare, done }) =>
      void (await done('register_vm', { vm_name: bare.name, workload_type: 'AnyDatabase', ...WAIT })),
    args: ({ bare }) => ({ vm_name: bare.name, workload_type: 'AnyDatabase', ...WAIT }),
    bad: [
      [
        { workload_type: 'VM' },
        /Azure VMs have no container; use disable_protection with delete_backup_data/,
      ],
      [{ vm_name: 'nobody' }, /no machine nobody/],
    ],
    role: 'Backup Contributor',
    methods: ['DELETE'],
    after: async ({ state, container_name }, { azure, vault, bare, done }) => {
      assert.equal(state, 'unregistered');
      assert.equal(azure.world.containers.find(vault, container_name), undefined);
      const again = await done('unregister_vm', { vm_name: bare.name, workload_type: 'AnyDatabase' });
      assert.equal(again.status, 'unchanged');
    },
  },
  {
    tool: 'create_policy',
    args: () => ({
      policy_name: 'nightly-60',
      schedule_type: 'Daily',
      times: ['22:30'],
      time_zone: 'Europe/Vienna',
      retention_days: 60,
      retention_weeks: 12,
      retention_months: 24,
      retention_years: 7,
      ...WAIT,
    }),
    bad: [
      [{ policy_name: 'no name!' }, /policy_name/],
      [{ policy_name: 'DefaultPolicy' }, /has a policy DefaultPolicy already/],
      [{ schedule_type: 'Hourly' }, /times mean nothing in a Hourly schedule/],
      [{ times: ['22:15'] }, /neither a full nor a half hour/],
      [{ time_zone: 'Middle/Earth' }, /time_zone is no time zone/],
      [{ retention_days: undefined }, /retention_days/],
    ],
    role: 'Backup Contributor',
    methods: ['PUT'],
    after: async ({ policy }, { done }) => {
      assert.deepEqual(
        [policy.policy_version, policy.schedule.times, policy.schedule.tz, policy.instant_days],
        ['V2', ['22:30'], 'W. Europe Standard Time', 2],
      );
      assert.deepEqual(policy.retention, { daily_d: 60, weekly_w: 12, monthly_m: 24, yearly_y: 7 });
      assert.equal(
        (await done('get_policy_details', { policy_name: 'nightly-60' })).policy.name,
        'nightly-60',
      );
    },
  },
  {
    tool: 'enable_protection',
    before: async ({ bare, done }) => void (await done('register_vm', { vm_name: bare.name, ...WAIT })),
    args: ({ bare }) => ({
      vm_name: bare.name,
      policy_name: 'DefaultPolicy',
      exclude_disk_luns: [1],
      ...WAIT,
    }),
    bad: [
      [{ include_disk_luns: [2] }, /disks are both left out and named/],
      [{ exclude_disk_luns: [-1] }, /exclude_disk_luns/],
      [{ policy_name: 'DefaultPolcy' }, /no policy DefaultPolcy/],
      [{ policy_name: '../x' }, /not a path/],
      [{ vm_name: 'bare-99' }, /no machine bare-99/],
    ],
    role: 'Backup Contributor',
    methods: ['PUT'],
    after: async ({ state, item_name, job_id }, { done, bare, session, vault, azure }) => {
      assert.deepEqual([state, item_name], ['IRPending', bare.name]);
      const { job } = await done('get_job_details', { job_id });
      assert.deepEqual([job.operation, job.outcome], ['ConfigureBackup', 'success']);
      const { protection_status } = await session.ask('check_registration_status', { vm_name: bare.name });
      assert.equal(protection_status, 'Protecting');
      azure.world.unprotected.push({ ...bare, name: 'made-later' });
      const args = { vault_name: vault.name, vm_name: 'made-later', policy_name: 'DefaultPolicy' };
      const error = await session.refused('enable_protection', args);
      assert.equal(error.kind, 'not_found');
      assert.match(error.hint, /register_vm/);
    },
  },
  {
    tool: 'disable_protection',
    isDestructive: true,
    args: ({ machines }) => ({ vm_name: machines[0]?.name, ...WAIT }),
    bad: [
      [{ vm_name: 'nobody' }, /no machine nobody/],
      [{ delete_backup_data: 'yes' }, /delete_backup_data/],
    ],
    role: 'Backup Contributor',
    methods: ['PUT'],
    after: async ({ mode }, { done, machines }) => {
      assert.equal(mode, 'retained');
      const { points } = await done('list_recovery_points', { vm_name: machines[0]?.name });
      assert.ok(points.length > 0, 'the points are kept');
    },
  },
  {
    tool: 'disable_protection',
    isDestructive: true,
    args: ({ machines }) => ({ vm_name: machines[1]?.name, delete_backup_data: true, ...WAIT }),
    bad: [],
    role: 'Backup Contributor',
    methods: ['DELETE'],
    after: ({ mode, soft_deleted_until }, { vault }) => {
      assert.equal(mode, 'deleted');
      assert.equal(isoDays('2026-03-18T12:00:00Z', soft_deleted_until), vault.softDeleteDays);
    },
  },
  {
    tool: 'refresh_containers',
    args: () => ({ wait_seconds: 120 }),
    bad: [
      [{ backup_management_type: 'Tape' }, /backup_management_type/],
      [{ vault_name: 'nobody', resource_group: 'rg', wait_seconds: 301 }, /wait_seconds/],
    ],
    role: 'Backup Contributor',
    methods: ['POST'],
    after: async ({ state }, { done }) => {
      assert.equal(state, 'refreshed');
      const { items } = await done('list_protectable_items', { name_contains: 'fresh' });
      assert.deepEqual(
        items.map(({ friendly_name: name }: { friendly_name: string }) => name),
        ['fresh-01'],
      );
    },
  },
  {
    tool: 'trigger_backup',
    args: ({ machines }) => ({ vm_name: machines[2]?.name, retention_days: 45, ...WAIT }),
    bad: [
      [{ retention_days: 0 }, /retention_days/],
      [{ vm_name: undefined }, /no machine is named/],
      [{ vm_name: 'bare-01' }, /no machine bare-01/],
    ],
    role: 'Backup Operator',
    methods: ['POST'],
    after: async ({ expires_at, job_id, operation_state }, { done, session, machines, vault }) => {
      assert.equal(isoDays('2026-03-18T12:00:00Z', expires_at), 45);
      assert.equal(operation_state, 'succeeded');
      const { job } = await done('get_job_details', { job_id });
      assert.deepEqual([job.operation, job.outcome], ['Backup', 'running']);
      const twice = await session.refused('trigger_backup', {
        vault_name: vault.name,
        vm_name: machines[2]?.name,
      });
      assert.equal(twice.code, 'backup-running');
      assert.ok(twice.message.includes(job_id));
    },
  },
  {
    tool: 'cancel_job',
    isDestructive: true,
    before: ({ done, machines }) => done('trigger_backup', { vm_name: machines[3]?.name, ...WAIT }),
    args: (_, { job_id }) => ({ job_id, ...WAIT }),
    bad: [
      [{ job_id: 'x' }, /job_id/],
      [{ job_id: '00000000-0000-4000-8000-000000000000' }, /knows no job/],
    ],
    role: 'Backup Operator',
    methods: ['POST'],
    after: async ({ job_status, job_id }, { done }) => {
      assert.equal(job_status, 'Cancelled');
      assert.equal((await done('cancel_job', { job_id })).status, 'unchanged');
    },
  },
  {
    tool: 'restore_vm',
    isDestructive: true,
    args: ({ machines }) => ({
      vm_name: machines[0]?.name,
      recovery_point_id: 'latest',
      restore_type: 'AlternateLocation',
      staging_storage_account_id: STORAGE,
      target_vm_name: 'restored-01',
      target_resource_group: 'rg-restored',
      virtual_network_id: NET,
      subnet_id: `${NET}/subnets/default`,
      ...WAIT,
    }),
    bad: [
      [{ target_vm_name: undefined }, /AlternateLocation lacks target_vm_name/],
      [{ restore_type: 'OriginalLocation' }, /mean nothing to OriginalLocation, which replaces the disks/],
      [{ staging_storage_account_id: 'ststaging' }, /ARM id of a storage account/],
      [{ recovery_point_id: '123' }, /no recovery point 123/],
      [{ subnet_id: `${NET}2/subnets/default` }, /subnet_id is not in virtual_network_id/],
      [{ disk_luns: [0] }, /disk_luns mean nothing to AlternateLocation/],
      [{ region: 'mars' }, /Azure says that this restore would fail: The region mars/],
    ],
    role: 'Backup Operator',
    methods: ['POST'],
    after: async ({ job_id, restore_type, point_time }, { done, simulator, azure }) => {
      assert.equal(restore_type, 'AlternateLocation');
      assert.ok(Date.parse(point_time) < Date.parse('2026-03-18T12:00:00Z'));
      assert.equal((await done('get_job_details', { job_id })).job.outcome, 'running');
      simulator.clock.advance(20 * 3_600_000);
      assert.equal((await done('get_job_details', { job_id })).job.outcome, 'success');
      assert.ok(azure.world.unprotected.some(({ name }) => name === 'restored-01'));
    },
  },
];
