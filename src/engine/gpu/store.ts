/**
 * Named persistent buffers: weights, adapter, gradients, moments, caches, inputs. Traces refer to them by name, so several programs share one
 * copy. A name may be a range of a larger buffer (adapter tensors lie in one arena, so that the optimiser is one dispatch).
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { Gpu } from './device.ts';

export type StoreClass = 'weights' | 'adapter' | 'optimizer' | 'cache' | 'inputs' | 'workspace' | 'checkpoints' | 'loss';

export interface Range {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly bytes: number;
}

type HostData = Uint8Array<ArrayBufferLike> | Uint32Array<ArrayBufferLike> | Int32Array<ArrayBufferLike> | Float32Array<ArrayBufferLike>;

/** Part of a name's bytes in one buffer: bytes `start` .. `start + range.bytes` of the name. */
interface Part {
  readonly start: number;
  readonly range: Range;
}

export class Store {
  private readonly names = new Map<string, readonly Part[]>();
  private readonly owned: { readonly name: string; readonly buffer: GPUBuffer; readonly class: StoreClass }[] = [];
  constructor(readonly gpu: Gpu) {}

  create(name: string, bytes: number, of: StoreClass, usage?: number): Range {
    return this.createParts(name, [bytes], of, usage)[0]!.range;
  }

  /** One name over several buffers, for what is larger than a buffer may be; a range of it that is bound must lie in one of them. */
  createParts(name: string, sizes: readonly number[], of: StoreClass, usage?: number): readonly Part[] {
    if (this.names.has(name)) throw new Error(`The buffer ${name} exists already.`);
    let start = 0;
    const parts: Part[] = [];
    this.names.set(name, parts); // filled as they come, so that a failure on the way leaves nothing that `free` does not find
    for (const [i, bytes] of sizes.entries()) {
      const buffer = this.gpu.buffer(bytes, sizes.length === 1 ? name : `${name} (${i + 1} of ${sizes.length})`, usage);
      this.owned.push({ name, buffer, class: of });
      parts.push({ start, range: { buffer, offset: 0, bytes } });
      start += bytes;
    }
    return parts;
  }

  /** A name for a part of another buffer; offset is a multiple of 256. */
  alias(name: string, of: string, offset: number, bytes: number): void {
    const parent = this.get(of);
    this.names.set(name, [{ start: 0, range: { buffer: parent.buffer, offset: parent.offset + offset, bytes } }]);
  }

  /** A second name for all of another, however many buffers hold it. */
  rename(name: string, of: string): void {
    this.names.set(name, this.parts(of));
  }

  has(name: string): boolean {
    return this.names.has(name);
  }

  /** All of a name that lies in one buffer. */
  get(name: string): Range {
    const [first, second] = this.parts(name);
    if (second) throw new Error(`${name} lies in several buffers; read a range of it.`);
    return first!.range;
  }

  /** Where `bytes` from `offset` of a name lie; they must lie in one buffer. */
  locate(name: string, offset: number, bytes: number): Range {
    const part = this.parts(name).find(({ start, range }) => offset >= start && offset + bytes <= start + range.bytes);
    if (!part) throw new Error(`Bytes ${offset} to ${offset + bytes} of ${name} do not lie in one buffer.`);
    return { buffer: part.range.buffer, offset: part.range.offset + offset - part.start, bytes };
  }

  /** `byteOffset` is a multiple of 4. */
  write(name: string, data: HostData, byteOffset = 0): void {
    const parts = this.parts(name);
    const total = parts.reduce((n, { range }) => n + range.bytes, 0);
    if (byteOffset + data.byteLength > total)
      throw new Error(`${data.byteLength} bytes do not fit into ${name} (${total} bytes) at ${byteOffset}.`);
    for (const { start, range } of parts) {
      const from = Math.max(byteOffset, start);
      const to = Math.min(byteOffset + data.byteLength, start + range.bytes);
      if (from >= to) continue;
      this.writeBytes(range, from - start, new Uint8Array(data.buffer, data.byteOffset + from - byteOffset, to - from));
    }
  }

  private writeBytes({ buffer, offset }: Range, at: number, bytes: Uint8Array): void {
    const odd = bytes.byteLength % 4;
    if (odd === 0) {
      this.gpu.device.queue.writeBuffer(buffer, offset + at, bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return;
    }
    const whole = new Uint8Array(bytes.byteLength + 4 - odd);
    whole.set(bytes);
    this.gpu.device.queue.writeBuffer(buffer, offset + at, whole);
  }

  async read(name: string): Promise<ArrayBuffer> {
    const { buffer, offset, bytes } = this.get(name);
    return this.gpu.read(buffer, offset, bytes);
  }

  /** Moves a small range to a place in another and sets it to zero, in one submit. */
  takeInto(from: string, to: string, byteOffset: number): void {
    const source = this.get(from);
    const target = this.get(to);
    const encoder = this.gpu.device.createCommandEncoder();
    encoder.copyBufferToBuffer(source.buffer, source.offset, target.buffer, target.offset + byteOffset, source.bytes);
    encoder.clearBuffer(source.buffer, source.offset, source.bytes);
    this.gpu.device.queue.submit([encoder.finish()]);
  }

  /** Copies the first bytes of small ranges to places in others, in one submit. */
  copyInto(copies: readonly { readonly from: string; readonly to: string; readonly byteOffset: number; readonly bytes: number }[]): void {
    const encoder = this.gpu.device.createCommandEncoder();
    for (const { from, to, byteOffset, bytes } of copies) {
      const [source, target] = [this.get(from), this.get(to)];
      encoder.copyBufferToBuffer(source.buffer, source.offset, target.buffer, target.offset + byteOffset, bytes);
    }
    this.gpu.device.queue.submit([encoder.finish()]);
  }

  /** Sets a range to zero bytes. */
  clear(name: string): void {
    const { buffer, offset, bytes } = this.get(name);
    const encoder = this.gpu.device.createCommandEncoder();
    encoder.clearBuffer(buffer, offset, bytes);
    this.gpu.device.queue.submit([encoder.finish()]);
  }

  /** Frees every buffer whose name satisfies `which`, and all names that point into it. */
  free(which: (name: string) => boolean): void {
    for (const entry of this.owned.filter(({ name }) => which(name))) {
      this.owned.splice(this.owned.indexOf(entry), 1);
      for (const [name, parts] of [...this.names]) {
        if (name === entry.name || parts.some(({ range }) => range.buffer === entry.buffer)) this.names.delete(name);
      }
      this.gpu.destroy(entry.buffer);
    }
    for (const [name, parts] of [...this.names]) if (parts.length === 0 && which(name)) this.names.delete(name);
  }

  bytes(of?: StoreClass): number {
    return this.owned.reduce((sum, entry) => (of === undefined || entry.class === of ? sum + entry.buffer.size : sum), 0);
  }

  private parts(name: string): readonly Part[] {
    const parts = this.names.get(name);
    if (!parts) throw new MotherTongueError('StateError', `The GPU holds nothing called ${name}.`);
    return parts;
  }
}
