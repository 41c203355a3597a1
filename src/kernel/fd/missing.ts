/** Calls about files that are declared and not supported: what callers get, and why that is right for them. */
import { EINVAL, ENOSYS, EOPNOTSUPP, EPERM } from '../errno.ts';
import { unsupported } from '../syscall/define.ts';

const WATCH = 'callers fall back to polling';

export const missingCalls = [
  unsupported(338, 'fanotify_init', ENOSYS, WATCH),
  unsupported(339, 'fanotify_mark', ENOSYS, WATCH),
  unsupported(245, 'io_setup', ENOSYS, 'callers fall back to synchronous files'),
  unsupported(246, 'io_destroy', EINVAL, 'no asynchronous contexts exist'),
  unsupported(247, 'io_getevents', EINVAL, 'no asynchronous contexts exist'),
  unsupported(248, 'io_submit', EINVAL, 'no asynchronous contexts exist'),
  unsupported(249, 'io_cancel', EINVAL, 'no asynchronous contexts exist'),
  unsupported(341, 'name_to_handle_at', EOPNOTSUPP, 'no filesystem here is exported'),
  unsupported(342, 'open_by_handle_at', EPERM, 'no filesystem here is exported'),
  unsupported(131, 'quotactl', ENOSYS, 'no quotas'),
  unsupported(253, 'lookup_dcookie', EINVAL, 'no profiler'),
  unsupported(437, 'openat2', ENOSYS, 'callers fall back to openat'),
];
