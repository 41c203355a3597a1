/** Namespaces of a task, namespaces(7). */
import type { MntNs } from '../fs/mount.ts';
import { ref, str } from '../kobject/fields.ts';
import { kobject } from '../kobject/kobject.ts';
import type { PidNs } from './pid.ts';

/** Host and domain name, uts_namespaces(7). */
export class UtsNs extends kobject('utsns', 1, {
  nodename: str('hostname, at most 64 bytes'),
  domainname: str('NIS domain name', { initial: '(none)' }),
}) {}

export class Nsproxy extends kobject('nsproxy', 1, {
  uts: ref<UtsNs>('utsns', 'host name'),
  mnt: ref<MntNs>('mntns', 'mounts'),
  pid: ref<PidNs>('pidns', 'the namespace of children to come'),
}) {}
