/** Byte strings: paths, names and arguments are bytes to Linux. In the kernel they are strings of one char per byte (latin1). */

/** The bytes as a string of chars 0..255. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return text;
}

/** The string's chars, 0..255 each, as bytes. */
export function fromLatin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

/** A host string as the byte string of its UTF-8 form. */
export function toByteString(text: string): string {
  return latin1(new TextEncoder().encode(text));
}
