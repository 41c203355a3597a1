# Python: sockets over loopback and AF_UNIX, multiplexers, servers, asyncio streams, signals that interrupt.
import array, asyncio, errno, fcntl, os, select, selectors, signal, socket, socketserver, struct, tempfile, threading, time
def show(*what, sep=' '): print(*what, sep=sep, flush=True)
def errname(call, *args):
    try: return call(*args)
    except OSError as e: return errno.errorcode[e.errno]

show('== TCP on loopback')
server = socket.create_server(('127.0.0.1', 0), backlog=4); address = server.getsockname()
def echo():
    while True:
        peer, _ = server.accept()
        with peer:
            total = 0
            while data := peer.recv(65536):
                if data == b'quit': return
                total += len(data)
            peer.sendall(b'%d bytes' % total)
thread = threading.Thread(target=echo); thread.start()
for size in (1, 1000, 3000000):
    with socket.create_connection(address) as s: s.sendall(b'z' * size); same = s.getpeername() == address; s.shutdown(socket.SHUT_WR); show(s.recv(100), same)
with socket.create_connection(address) as s: s.sendall(b'quit'); thread.join(); show(s.recv(1))
s = socket.socket(); s.setblocking(False); show(errname(s.connect, address)); peer, _ = server.accept(); show(select.select([], [s], [], 5)[1] == [s], s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
show(errname(s.recv, 1), s.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)); s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1); show(s.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0)
peer.sendall(b'0123456789'); select.select([s], [], []); show(s.recv(4, socket.MSG_PEEK), s.recv(4), array.array('i', fcntl.ioctl(s, 0x541B, struct.pack('i', 0)))[0])
peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); peer.close(); show(errname(s.recv, 10), errname(s.recv, 10), errname(s.send, b'x'), errname(s.send, b'x')); s.close()
other = socket.socket(); show(errname(other.bind, address)); server.close(); show(errname(other.connect, address)); other.close(); show(errname(socket.create_connection, ('127.0.0.1', 9), 1))
s = socket.create_server(('::1', 0), family=socket.AF_INET6); c = socket.create_connection(s.getsockname()[:2]); p, who = s.accept(); c.settimeout(0.05)
try: c.recv(1)
except TimeoutError as e: show(e)
show(who[0], who[1] == c.getsockname()[1]); p.sendmsg([b'gather', b'ed']); v = [bytearray(3), bytearray(10)]; show(c.recvmsg_into(v)[0], v[0], bytes(v[1][:5])); [x.close() for x in (s, c, p)]

show('== UDP')
a, b = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in 'ab']; [x.bind(('127.0.0.1', 0)) for x in (a, b)]
a.sendto(b'datagram', b.getsockname()); data, sender = b.recvfrom(100); show(data, sender == a.getsockname()); b.connect(sender); b.send(b''); b.send(b'longer than room'); show(a.recv(10), a.recv(4), errname(a.recv, 1, socket.MSG_DONTWAIT)); a.close(); show(errname(b.send, b'x'), errname(b.send, b'x')); b.close()

show('== AF_UNIX')
directory = tempfile.mkdtemp(); os.chdir(directory)
l = socket.socket(socket.AF_UNIX); l.bind('socket'); show(errname(socket.socket(socket.AF_UNIX).connect, 'socket')); l.listen(1); c = socket.socket(socket.AF_UNIX); c.connect('socket'); p, who = l.accept(); show(repr(who), p.getsockname(), repr(c.getsockname()), oct(os.stat('socket').st_mode >> 12))
pid, uid, gid = struct.unpack('3i', c.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)); show(pid == os.getpid(), uid, gid)
r, w = os.pipe(); socket.send_fds(c, [b'fds'], [w, r]); data, fds, flags, _ = socket.recv_fds(p, 10, 4); os.write(fds[0], b'through'); show(data, len(fds), flags, os.read(r, 10), os.path.sameopenfile(fds[1], r)); [os.close(fd) for fd in (r, w, *fds)]
p.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1); c.send(b'cred'); data, control, *_ = p.recvmsg(10, 100); show(data, [(level, kind, struct.unpack('3i', value)[0] == os.getpid()) for level, kind, value in control]); [x.close() for x in (l, c, p)]; show(errname(socket.socket(socket.AF_UNIX).connect, 'socket'), errname(socket.socket(socket.AF_UNIX).connect, 'none'))
x, y = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET); x.send(b'one'); x.send(b'two'); show(y.recv(2), y.recv(9)); x.close(); show(y.recv(1), errname(y.send, b'x')); y.close()
g = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); g.bind('\0abstract'); h = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); h.connect('\0abstract'); h.send(b'dgram'); show(g.recvfrom(10), 'abstract' in open('/proc/net/unix').read()); g.close(); show(errname(h.send, b'x')); h.close()

show('== select, poll, epoll')
x, y = socket.socketpair(); ep = select.epoll(); ep.register(x, select.EPOLLIN | select.EPOLLOUT | select.EPOLLET); show(ep.poll(0) == [(x.fileno(), select.EPOLLOUT)], ep.poll(0)); y.send(b'1'); show([e for _, e in ep.poll(1)], ep.poll(0)); y.send(b'2'); show([e for _, e in ep.poll(1)])
ep.modify(x, select.EPOLLIN | select.EPOLLONESHOT); show([e for _, e in ep.poll(1)], ep.poll(0)); ep.modify(x, select.EPOLLIN | select.EPOLLRDHUP); x.recv(10); y.shutdown(socket.SHUT_WR); show([hex(e) for _, e in ep.poll(1)]); y.close(); show([hex(e) for _, e in ep.poll(1)]); show(errname(ep.register, x), errname(ep.register, open('/proc/self/status'))); ep.close()
poll = select.poll(); poll.register(x, select.POLLIN | select.POLLOUT); show([hex(e) for _, e in poll.poll()]); fd = x.fileno(); x.close(); show(poll.poll() == [(fd, select.POLLNVAL)], errname(select.select, [fd], [], [], 0))
start = time.monotonic(); show(select.select([], [], [], 0.05), select.poll().poll(50), 0.1 <= time.monotonic() - start < 5)
sel = selectors.DefaultSelector(); show(type(sel).__name__); x, y = socket.socketpair(); sel.register(x, selectors.EVENT_READ, 'x'); sel.register(y, selectors.EVENT_WRITE, 'y'); show(sorted((k.data, e) for k, e in sel.select(0))); y.send(b'!'); show(sorted((k.data, e) for k, e in sel.select(1))); sel.close(); x.close(); y.close()

show('== signals that interrupt')
def handler(number, frame): show(signal.Signals(number).name)
signal.signal(signal.SIGALRM, handler); x, y = socket.socketpair(); y.settimeout(None); signal.setitimer(signal.ITIMER_REAL, 0.03); threading.Timer(0.1, x.send, [b'late']).start(); show(y.recv(10))
r, w = os.pipe(); os.set_blocking(w, False); signal.set_wakeup_fd(w); signal.raise_signal(signal.SIGALRM); show(os.read(r, 9) == bytes([signal.SIGALRM])); signal.set_wakeup_fd(-1)
class Stop(Exception): pass
def stop(number, frame): raise Stop
signal.signal(signal.SIGUSR1, stop)
for wait in (lambda: select.select([r], [], []), lambda: y.recv(1), lambda: os.read(r, 1), lambda: time.sleep(100), lambda: os.wait(), signal.pause):
    child = os.fork()
    if child == 0:
        time.sleep(0.05); os.kill(os.getppid(), signal.SIGUSR1); time.sleep(0.05); signal.pause()
    try: wait()
    except Stop: show('stopped')
    os.kill(child, signal.SIGKILL); show(os.waitpid(child, 0)[1])
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2]); os.kill(os.getpid(), signal.SIGUSR2); show(signal.sigpending(), signal.sigwaitinfo([signal.SIGUSR2]).si_pid == os.getpid())

show('== socketserver, forking and threading')
class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile: self.wfile.write(line.upper())
for kind, where in ((socketserver.ForkingTCPServer, ('127.0.0.1', 0)), (socketserver.ThreadingUnixStreamServer, 'server')):
    with kind(where, Upper) as served:
        runner = threading.Thread(target=served.serve_forever, args=(0.05,)); runner.start()
        for _ in range(3):
            with socket.socket(served.address_family) as c:
                c.connect(served.server_address); c.sendall(b'some\nlines\n'); c.shutdown(socket.SHUT_WR); show(c.makefile('rb').read())
        served.shutdown(); runner.join()

show('== asyncio streams')
async def talk(reader, writer):
    while line := await reader.readline(): writer.write(line[::-1]); await writer.drain()
    writer.close()
async def client(name, opened):
    reader, writer = await opened; got = []
    for i in range(3): writer.write(b'%s %d\n' % (name, i)); got.append(await reader.readexactly(len(name) + 3))
    writer.write_eof(); got.append(await reader.read()); writer.close(); await writer.wait_closed(); return got
class Ping(asyncio.DatagramProtocol):
    def __init__(self): self.done = asyncio.get_running_loop().create_future()
    def datagram_received(self, data, address): self.done.set_result(data)
async def main():
    tcp = await asyncio.start_server(talk, '127.0.0.1', 0); local = await asyncio.start_unix_server(talk, 'streams'); host, port = tcp.sockets[0].getsockname()
    show(*await asyncio.gather(client(b'tcp', asyncio.open_connection(host, port)), client(b'unix', asyncio.open_unix_connection('streams'))), sep='\n'); tcp.close(); local.close(); await tcp.wait_closed()
    loop = asyncio.get_running_loop(); receiver, protocol = await loop.create_datagram_endpoint(Ping, local_addr=('127.0.0.1', 0)); sender, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=receiver.get_extra_info('sockname')); sender.sendto(b'ping'); show(await protocol.done); sender.close(); receiver.close()
    with open('file', 'wb') as f: f.write(bytes(range(256)) * 4000)
    x, y = socket.socketpair(); x.setblocking(False); y.setblocking(False)
    async def take():
        count = 0
        while part := await loop.sock_recv(y, 100000): count += len(part)
        return count
    taking = asyncio.create_task(take())
    with open('file', 'rb') as f: show(await loop.sock_sendfile(x, f))
    x.close(); show(await taking)
asyncio.run(main())
import http.server, urllib.request
class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_): pass
with http.server.ThreadingHTTPServer(('127.0.0.1', 0), Quiet) as web:
    threading.Thread(target=web.serve_forever, args=(0.05,)).start(); url = f'http://127.0.0.1:{web.server_port}/'
    with urllib.request.urlopen(url + 'file') as answer: show(answer.status, answer.headers['Content-Length'], len(answer.read()))
    try: urllib.request.urlopen(url + 'none')
    except urllib.error.HTTPError as e: show(e.code, e.reason)
    web.shutdown()
os.chdir('/'); show(sorted(os.listdir(directory)))
