/** Links such as /usr/bin/awk that a package's script makes by update-alternatives(1) when it is installed. */

export interface Alternative {
  /** The link, and where it leads: absolute paths. */
  readonly link: string;
  readonly target: string;
  readonly priority: number;
}

/** Loops whose body names the link by a variable, as vim's scripts have them. */
const LOOP = /for (\w+) in ([\w ./+-]+); *do\n([\s\S]*?)\n\s*done/g;

function unrolled(script: string): string {
  return script.replace(LOOP, (_, name: string, words: string, body: string) =>
    words
      .trim()
      .split(/\s+/)
      .map((word) => body.replace(new RegExp(`\\$\\{?${name}\\b\\}?`, 'g'), word))
      .join('\n'),
  );
}

const isPath = (word: string | undefined): word is string => /^\/[\w./+-]+$/.test(word ?? '');

/** The links of one command: --install LINK NAME PATH PRIORITY, then --slave LINK NAME PATH any number of times. */
function parseCommand(words: readonly string[]): Alternative[] {
  const at = words.indexOf('--install');
  const [link, , target, rank] = words.slice(at + 1);
  const priority = Number(rank);
  if (at < 0 || !isPath(link) || !isPath(target) || !Number.isInteger(priority)) return [];
  const found: Alternative[] = [{ link, target, priority }];
  words.forEach((word, i) => {
    const [slave, , to] = words.slice(i + 1);
    if (word === '--slave' && isPath(slave) && isPath(to)) found.push({ link: slave, target: to, priority });
  });
  return found;
}

/** What a postinst script makes, as far as its text says so plainly: names that it computes are not known. */
export function alternativesOf(script: string): Alternative[] {
  const lines = unrolled(script.replace(/\\\n/g, ' ')).split('\n');
  return lines
    .filter((line) => line.includes('update-alternatives'))
    .flatMap((line) => parseCommand(line.replace(/["';]/g, ' ').trim().split(/\s+/)));
}

/** For each link the alternative of the highest priority; the first of equals. */
export function bestAlternatives(all: readonly Alternative[]): Alternative[] {
  const best = new Map<string, Alternative>();
  for (const each of all) {
    const known = best.get(each.link);
    if (known === undefined || known.priority < each.priority) best.set(each.link, each);
  }
  return [...best.values()];
}
