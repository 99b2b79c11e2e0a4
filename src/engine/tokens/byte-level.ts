/**
 * The byte-level alphabet of GPT-style tokenizers: every byte is written as one printable character, so that a token is a string of characters
 * and its bytes can be had back exactly. Tokens may end in the middle of a UTF-8 character; only bytes are safe to join.
 */
const BYTE_OF_CHARACTER = alphabet();

/** Printable Latin-1 bytes stand for themselves; the 68 others are moved to U+0100 and up, in order. */
function alphabet(): Map<string, number> {
  const bytes = new Map<string, number>();
  let moved = 0;
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    bytes.set(String.fromCharCode(printable ? byte : 0x100 + moved++), byte);
  }
  return bytes;
}

/** Bytes of a token as the vocabulary spells it, or null when a character is outside the alphabet. */
export function bytesOfToken(token: string): Uint8Array<ArrayBuffer> | null {
  const bytes = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) {
    const byte = BYTE_OF_CHARACTER.get(token[i]!);
    if (byte === undefined) return null;
    bytes[i] = byte;
  }
  return bytes;
}

/** Bytes that no token of the vocabulary spells by itself; the library leaves such characters out. */
export function bytesLacking(vocab: Readonly<Record<string, number>>): Set<number> {
  return new Set([...BYTE_OF_CHARACTER].filter(([character]) => !Object.hasOwn(vocab, character)).map(([, byte]) => byte));
}
