# Python: threads, subprocesses, multiprocessing, asyncio, files, memory maps.
import asyncio, collections, concurrent.futures, contextlib, ctypes, decimal, errno, fcntl, functools, gzip, hashlib, io, itertools, json, mmap, multiprocessing, os, pathlib, pickle, queue, random, re, select, shutil, signal, sqlite3, struct, subprocess, sys, tempfile, threading, time, zlib
def show(*what): print(*what, flush=True)
lock, total = threading.Lock(), [0]
def add():
    for _ in range(200):
        with lock: total[0] += 1
threads = [threading.Thread(target=add) for _ in range(8)]; [t.start() for t in threads]; [t.join() for t in threads]; show(total)
q = queue.Queue(2); threading.Thread(target=lambda: [q.put(i) for i in range(5)] + [q.put(None)]).start(); show(list(iter(q.get, None)))
ready, barrier = threading.Event(), threading.Barrier(3); threading.Timer(0.01, ready.set).start(); show(ready.wait(5), ready.wait(0)); ts = [threading.Thread(target=barrier.wait) for _ in range(2)]; [t.start() for t in ts]; barrier.wait(); [t.join() for t in ts]
with concurrent.futures.ThreadPoolExecutor(4) as pool: show(list(pool.map(lambda n: n * n, range(6))))
run = subprocess.run(['/bin/bash', '-c', 'read x; echo got $x; echo err >&2; exit 3'], input='input\n', capture_output=True, text=True); show(run.returncode, repr(run.stdout), repr(run.stderr))
with contextlib.suppress(subprocess.TimeoutExpired): subprocess.run(['sleep', '10'], timeout=0.1); show('not reached')
p = subprocess.Popen(['cat'], stdin=subprocess.PIPE, stdout=subprocess.PIPE); show(p.communicate(b'x' * 200000)[0].count(b'x'), p.returncode); p = subprocess.Popen(['sleep', '9']); p.send_signal(signal.SIGTERM); show(p.wait())
try: subprocess.run(['/none'])
except OSError as e: show(e)
def double(n): return n * 2
if hasattr(os, 'fork'):
    context = multiprocessing.get_context('fork')
    with context.Pool(2) as pool: show(pool.map(double, range(5)))
    ours, theirs = context.Pipe(); child = context.Process(target=lambda: theirs.send({'pid': os.getpid() != os.getppid()})); child.start(); show(ours.recv()); child.join(); show(child.exitcode)
    value = context.Value('i', 0); many = [context.Process(target=lambda: [value.get_lock().acquire(), setattr(value, 'value', value.value + 1), value.get_lock().release()]) for _ in range(3)]; [c.start() for c in many]; [c.join() for c in many]; show(value.value)
async def tick(name, wait):
    for i in range(2): await asyncio.sleep(wait); show(name, i)
async def main():
    await asyncio.gather(tick('slow', 0.03), tick('fast', 0.01)); proc = await asyncio.create_subprocess_exec('/bin/bash', '-c', 'echo async; exit 2', stdout=asyncio.subprocess.PIPE); out, _ = await proc.communicate(); show(out, proc.returncode)
    with contextlib.suppress(asyncio.TimeoutError): await asyncio.wait_for(asyncio.sleep(5), 0.01); show('not reached')
    event = asyncio.Event(); asyncio.get_running_loop().call_later(0.01, event.set); await event.wait(); loop = asyncio.get_running_loop(); show(await loop.run_in_executor(None, double, 21)); loop.add_signal_handler(signal.SIGUSR1, lambda: show('signal in the loop')); os.kill(os.getpid(), signal.SIGUSR1); await asyncio.sleep(0.01)
asyncio.run(main())
signal.signal(signal.SIGALRM, lambda *_: show('alarm')); signal.setitimer(signal.ITIMER_REAL, 0.02); signal.pause(); show(signal.sigtimedwait([signal.SIGUSR2], 0.01))
with tempfile.TemporaryDirectory(dir='/tmp') as d:
    f = pathlib.Path(d, 'f'); f.write_bytes(b'0123456789' * 1000)
    with open(f, 'r+b') as h, mmap.mmap(h.fileno(), 0) as m: m[0:3] = b'abc'; show(m.find(b'789'), m[:12]); m.resize(5000); m.flush()
    show(f.stat().st_size, sorted(x.name for x in pathlib.Path(d).iterdir())); shutil.copytree(d, d + '2'); shutil.rmtree(d + '2'); z = gzip.compress(f.read_bytes(), mtime=0); show(hashlib.sha256(gzip.decompress(z)).hexdigest()[:16], zlib.crc32(z[20:]) != 0); fcntl.lockf(open(f, 'w'), fcntl.LOCK_EX | fcntl.LOCK_NB)
    db = sqlite3.connect(d + '/db'); db.execute('create table t(x)'); db.executemany('insert into t values (?)', [(i,) for i in range(10)]); db.commit(); show(db.execute('select sum(x) from t').fetchone())
r, w = os.pipe(); poll = select.poll(); poll.register(r, select.POLLIN); show(poll.poll(0)); os.write(w, b'x'); show(poll.poll(0) == [(r, select.POLLIN)], select.select([r], [w], [], 0) == ([r], [w], [])); ep = select.epoll(); ep.register(r, select.EPOLLIN | select.EPOLLET); show(len(ep.poll(0)), len(ep.poll(0)))
show(json.dumps({'a': [1, 2.5, None, True]}), pickle.loads(pickle.dumps({1, 2})), struct.unpack('<hI', struct.pack('<hI', -2, 7)), re.sub(r'(\w+) (\w+)', r'\2 \1', 'hello world'), decimal.Decimal(1) / 7, random.Random(86).random(), 2 ** 200 % 1000007, 0.1 + 0.2, f'{3.14159:.3f}', collections.Counter('banana').most_common(1), list(itertools.accumulate(range(5))))
libc = ctypes.CDLL(None); show(libc.abs(-5), ctypes.sizeof(ctypes.c_long)); pid = os.fork()
if pid == 0: os._exit(9)
show(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), os.cpu_count() > 0, sys.maxsize, os.get_terminal_size.__name__); pid = os.posix_spawn('/bin/true', ['true'], {}); show(os.waitpid(pid, 0)[1])
try: os.kill(99999, 0)
except ProcessLookupError as e: show(e.errno == errno.ESRCH)
fd = os.memfd_create('m'); os.write(fd, b'memory'); show(os.pread(fd, 3, 1), os.sendfile(w, fd, 0, 6), os.read(r, 10)); sys.exit(5)
