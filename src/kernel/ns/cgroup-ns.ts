/** Cgroup namespaces, cgroup_namespaces(7). */
import { derived } from '../kobject/kobject.ts';
import { Namespace } from './namespace.ts';

export class CgroupNs extends derived(Namespace, 'cgroupns', 1, {}) {}
