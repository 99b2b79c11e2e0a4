/** SHA-256: of bytes by the platform (crypto.subtle: browsers on secure pages, which WebGPU needs too, and Node), of long text piece by piece. */
import { createSHA256 } from 'hash-wasm';
import type { Bytes } from './source.ts';

export async function sha256(data: Bytes | string): Promise<string> {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const PIECE = 2 ** 20;

/** Of pieces of text as one text, which is never whole in memory; lets other messages of its thread through. */
export async function sha256OfText(pieces: Iterable<string>): Promise<string> {
  const hash = (await createSHA256()).init();
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < PIECE) continue;
    hash.update(text);
    text = '';
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return hash.update(text).digest();
}
