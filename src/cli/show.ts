/** `cr86 inspect`, `cr86 decode` and `cr86 check`: looking at images and at this host. */
import { DirectorySource, Machine } from '../api/node.ts';
import { decodeJson, decodeText } from '../ckpt/decode.ts';
import { inspect, inspectTree } from '../ckpt/inspect.ts';
import { kinds } from '../kernel/kinds.ts';
import { CliError } from './errors.ts';
import { writeAll } from './write.ts';

function print(text: string): number {
  writeAll(1, new TextEncoder().encode(text.endsWith('\n') ? text : `${text}\n`));
  return 0;
}

const json = (value: unknown): string => JSON.stringify(value, null, 2);

/** What an image holds, as a person asks. */
export function inspectImage(image: string, format: 'tree' | 'json'): number {
  const inspection = inspect(new DirectorySource(image));
  return print(format === 'json' ? json(inspection) : inspectTree(inspection));
}

/** Every object of an image. */
export function decodeImage(image: string, format: 'text' | 'json'): number {
  const source = new DirectorySource(image);
  return print(format === 'json' ? json(decodeJson(source, kinds)) : decodeText(source, kinds));
}

/** Whether cr86 works on this host, or whether an image can be restored here. Ends with "Looks good." */
export function check(image: string | undefined, root: string | undefined): number {
  if (image === undefined) checkHost();
  else checkImage(image, root);
  return print('Looks good.');
}

/** A restore checks everything that an image can be checked for; the machine is then dropped before it has run. */
function checkImage(image: string, root: string | undefined): void {
  const machine = Machine.restore(image, root === undefined ? {} : { root });
  print(`${image}: ${machine.objects().length} objects, ${machine.icount} instructions, state ${machine.hash()}`);
  machine.dispose();
}

/** Runs an embedded guest, takes it through an image in memory half-way, and compares. */
function checkHost(): void {
  print(`Node ${process.version}, ${process.platform} ${process.arch}`);
  const argv = ['/bin/hello'];
  const whole = Machine.boot({ argv });
  whole.runToEnd();
  const first = Machine.boot({ argv });
  first.run(Math.floor(whole.icount / 2));
  const second = Machine.restore(first.checkpoint().image);
  second.runToEnd();
  print(`An embedded guest ran ${whole.icount} instructions, and again with a dump and restore in the middle`);
  if (second.hash() !== whole.hash()) {
    throw new CliError('check', 'the restored run ended in another state than the uninterrupted one', '', 'EBUG');
  }
}
