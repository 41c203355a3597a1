/** The part of the WebAssembly API that is used; no library of TypeScript's declares it without a browser's globals. */
declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: { initial: number; maximum?: number });
    readonly buffer: ArrayBuffer;
  }
}
