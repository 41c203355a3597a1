/** The x87 FPU's state. */
export class Fpu {
  reset(): void {}
  saveTo(_bytes: Uint8Array): void {}
  loadFrom(_bytes: Uint8Array): void {}
}
