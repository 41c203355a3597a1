"""Runs a command on a pseudo-terminal of the host, through steps given as JSON: [["wait for", "what to do", argument]...].

Prints as JSON what came out, how the command ended, and whether the terminal's settings are what they were."""
import fcntl, json, os, select, signal, struct, sys, termios, time

command, steps = json.loads(sys.stdin.buffer.read())
master, slave = os.openpty()


def resize(size):
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))


def act(child, what, argument):
    if what == "type":
        os.write(master, argument.encode("latin-1"))
    elif what == "resize":
        resize(argument)
    elif what == "kill":
        os.kill(child, getattr(signal, argument))


resize([30, 90])
before = termios.tcgetattr(slave)
child = os.fork()
if child == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for fd in range(3):
        os.dup2(slave, fd)
    os.execv(command[0], command)

screen, seen, status, end = "", 0, None, time.time() + 200
while status is None and time.time() < end:
    if select.select([master], [], [], 0.05)[0]:
        screen += os.read(master, 65536).decode("latin-1")
    while steps and steps[0][0] in screen[seen:]:
        seen = screen.index(steps[0][0], seen) + len(steps[0][0])
        act(child, *steps.pop(0)[1:])
    done, code = os.waitpid(child, os.WNOHANG)
    if done:
        status = code
while select.select([master], [], [], 0.1)[0]:
    screen += os.read(master, 65536).decode("latin-1")
if status is None:
    os.kill(child, signal.SIGKILL)
print(json.dumps({
    "screen": screen,
    "code": None if status is None or os.WIFSIGNALED(status) else os.WEXITSTATUS(status),
    "signal": os.WTERMSIG(status) if status is not None and os.WIFSIGNALED(status) else 0,
    "restored": termios.tcgetattr(slave) == before,
    "left": len(steps),
}))
