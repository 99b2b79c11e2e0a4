/** SHA-256 by the platform (crypto.subtle: browsers on secure pages, which WebGPU needs too, and Node). */
import type { Bytes } from './source.ts';

export async function sha256(data: Bytes | string): Promise<string> {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
