/** struct msghdr: sendmsg(2), recvmsg(2). Linux net/socket.c ___sys_sendmsg, ___sys_recvmsg; net/core/scm.c put_cmsg. */

import { EFAULT, EINVAL, EMSGSIZE, ENOBUFS } from '../errno.ts';
import { install } from '../fd/table.ts';
import { copyIn, copyOut, UIO_MAXIOV, userVector } from '../fd/user.ts';
import type { Kernel } from '../kernel.ts';
import type { UserBuffer } from '../mm/user.ts';
import { OVERFLOW_ID } from '../ns/id-map.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import {
  MSG_CMSG_CLOEXEC,
  MSG_CTRUNC,
  OPTMEM_MAX,
  SCM_CREDENTIALS,
  SCM_RIGHTS,
  SOCKADDR_STORAGE_SIZE,
  SOL_SOCKET,
} from './constants.ts';
import { type Control, type Received, receiving, type Sender } from './message.ts';
import { PASSCRED } from './option-bits.ts';
import { CMSG_HEADER, cmsgAlign, dropFiles } from './scm.ts';
import { writeAddress } from './sockaddr.ts';
import type { SocketFile } from './socket-file.ts';

const MSGHDR_SIZE = 28;
const NAMELEN_AT = 4;
const CONTROLLEN_AT = 20;
const FLAGS_AT = 24;
/** Control buffers up to this size are not charged to the socket. */
const SMALL_CONTROL = CMSG_HEADER + 20;

interface Header {
  readonly name: number;
  /** What stands at `name`, if it is to be sent; null when there is none. */
  readonly sendName: Uint8Array | null;
  readonly control: number;
  readonly controllen: number;
  readonly buffer: UserBuffer;
}

/** Reads a header; the name is looked at before the buffers are. */
function readHeader(t: Task, address: number, send: boolean): Header | Result {
  const view = copyIn(t, address, MSGHDR_SIZE);
  if (view === null) return -EFAULT;
  const word = (at: number): number => view.getUint32(at, true);
  const name = word(0);
  const namelen = name === 0 ? 0 : view.getInt32(NAMELEN_AT, true);
  if (namelen < 0) return -EINVAL;
  const length = Math.min(namelen, SOCKADDR_STORAGE_SIZE);
  const sendName = send && length > 0 ? (t.mm?.readBytes(name, length) ?? -EFAULT) : null;
  if (typeof sendName === 'number') return sendName;
  if (word(12) > UIO_MAXIOV) return -EMSGSIZE;
  const buffer = userVector(t, word(8), word(12));
  if (typeof buffer === 'number') return buffer;
  return { name, sendName, control: word(16), controllen: word(CONTROLLEN_AT), buffer };
}

function readControl(t: Task, { control, controllen }: Header): Uint8Array | Result {
  if (controllen > 0x7fff_ffff || (controllen > SMALL_CONTROL && controllen > OPTMEM_MAX)) return -ENOBUFS;
  if (controllen === 0) return new Uint8Array(0);
  return t.mm?.readBytes(control, controllen) ?? -EFAULT;
}

/** One sendmsg(2) from a struct msghdr. */
export function sendHeader(k: Kernel, t: Task, file: SocketFile, address: number, flags: number): Result {
  const header = readHeader(t, address, true);
  if (typeof header === 'number') return header;
  const control = readControl(t, header);
  if (typeof control === 'number') return control;
  const { buffer: from, sendName: name } = header;
  return file.sock.send(k, t, { from, flags: flags | file.modeFlags, name, control });
}

/** One recvmsg(2) into a struct msghdr. */
export function receiveHeader(k: Kernel, t: Task, file: SocketFile, address: number, flags: number): Result {
  const header = readHeader(t, address, false);
  if (typeof header === 'number') return header;
  const into = receiving(header.buffer, flags | file.modeFlags);
  const result = file.sock.receive(k, t, into);
  if (result < 0) {
    dropFiles(k.container, into.files);
    return result;
  }
  into.out |= flags & MSG_CMSG_CLOEXEC;
  const used = new ControlWriter(k, t, header, into).write(file.sock.hasOption(PASSCRED));
  dropFiles(k.container, into.files);
  if (header.name !== 0) {
    const stored = writeAddress(t, into.name ?? NO_NAME, header.name, address + NAMELEN_AT);
    if (stored < 0) return stored;
  }
  if (!t.mm?.put32(address + FLAGS_AT, into.out)) return -EFAULT;
  return t.mm.put32(address + CONTROLLEN_AT, used) ? result : -EFAULT;
}

const NO_NAME = new Uint8Array(0);

/** Fills a control buffer from the front. */
class ControlWriter {
  readonly k: Kernel;
  readonly t: Task;
  readonly into: Received;
  readonly hasBuffer: boolean;
  at: number;
  room: number;

  constructor(k: Kernel, t: Task, header: Header, into: Received) {
    this.k = k;
    this.t = t;
    this.into = into;
    this.at = header.control;
    this.room = header.controllen;
    this.hasBuffer = header.control !== 0;
  }

  /** All that goes beside the data; the bytes that were used. */
  write(passcred: boolean): number {
    const start = this.at;
    const { into } = this;
    for (const control of into.controls) this.put(control);
    if (!this.hasBuffer) {
      if (passcred || into.files.length > 0) into.out |= MSG_CTRUNC;
      return 0;
    }
    if (passcred && into.sender !== null) this.putSender(into.sender);
    if (into.files.length > 0) this.putFiles();
    return this.at - start;
  }

  /** A message is cut where the room ends, and MSG_CTRUNC tells of it (Linux put_cmsg). */
  private put({ level, type, data }: Control): void {
    if (!this.hasBuffer || this.room < CMSG_HEADER) {
      this.into.out |= MSG_CTRUNC;
      return;
    }
    const whole = CMSG_HEADER + data.length;
    if (this.room < whole) this.into.out |= MSG_CTRUNC;
    const length = Math.min(whole, this.room);
    const message = new Uint8Array(length);
    message.set(cmsgHeader(length, level, type));
    message.set(data.subarray(0, length - CMSG_HEADER), CMSG_HEADER);
    if (copyOut(this.t, this.at, message) >= 0) this.advance(cmsgAlign(whole));
  }

  private advance(length: number): void {
    const step = Math.min(length, this.room);
    this.at += step;
    this.room -= step;
  }

  private putSender({ pid, uid, gid }: Sender): void {
    const view = new DataView(new ArrayBuffer(12));
    view.setInt32(0, pid?.in(this.t.pid.ns) ?? 0, true);
    view.setUint32(4, uid === 0xffff_ffff ? OVERFLOW_ID : uid, true);
    view.setUint32(8, gid === 0xffff_ffff ? OVERFLOW_ID : gid, true);
    this.put({ level: SOL_SOCKET, type: SCM_CREDENTIALS, data: new Uint8Array(view.buffer) });
  }

  /** Opens descriptors for as many files as there is room for (Linux scm_detach_fds). */
  private putFiles(): void {
    const { t, into } = this;
    const cloexec = (into.flags & MSG_CMSG_CLOEXEC) !== 0;
    const fits = this.room <= CMSG_HEADER ? 0 : (this.room - CMSG_HEADER) >>> 2;
    let done = 0;
    for (const file of into.files.slice(0, fits)) {
      const fd = install(t, file, cloexec);
      if (fd < 0) break;
      if (!t.mm?.put32(this.at + CMSG_HEADER + 4 * done, fd)) {
        t.files.close(this.k, t, fd);
        break;
      }
      done++;
    }
    if (done > 0) {
      const length = CMSG_HEADER + 4 * done;
      if (copyOut(t, this.at, cmsgHeader(length, SOL_SOCKET, SCM_RIGHTS)) >= 0) this.advance(cmsgAlign(length));
    }
    if (done < into.files.length) into.out |= MSG_CTRUNC;
  }
}

function cmsgHeader(length: number, level: number, type: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(CMSG_HEADER));
  view.setUint32(0, length, true);
  view.setInt32(4, level, true);
  view.setInt32(8, type, true);
  return new Uint8Array(view.buffer);
}
