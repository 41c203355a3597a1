/** Runs a static ELF program on the test board and prints how it ended. */
import { Board, dump } from './board.ts';

const [, , path = ''] = process.argv;
const board = new Board(64);
board.loadElf(path);
console.log(board.run(), board.exitCode, dump(board.cpu));
