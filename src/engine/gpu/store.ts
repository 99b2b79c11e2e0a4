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

type Words = Uint8Array<ArrayBufferLike> | Uint32Array<ArrayBufferLike> | Int32Array<ArrayBufferLike> | Float32Array<ArrayBufferLike>;

export class Store {
  private readonly ranges = new Map<string, Range>();
  private readonly owned = new Map<string, { buffer: GPUBuffer; class: StoreClass }>();
  constructor(readonly gpu: Gpu) {}

  create(name: string, bytes: number, of: StoreClass, usage?: number): Range {
    if (this.ranges.has(name)) throw new Error(`The buffer ${name} exists already.`);
    const buffer = this.gpu.buffer(bytes, name, usage);
    this.owned.set(name, { buffer, class: of });
    const range = { buffer, offset: 0, bytes };
    this.ranges.set(name, range);
    return range;
  }

  /** A name for a part of another buffer; offset is a multiple of 256. */
  alias(name: string, of: string, offset: number, bytes: number): void {
    const parent = this.get(of);
    this.ranges.set(name, { buffer: parent.buffer, offset: parent.offset + offset, bytes });
  }

  has(name: string): boolean {
    return this.ranges.has(name);
  }

  get(name: string): Range {
    const range = this.ranges.get(name);
    if (!range) throw new MotherTongueError('StateError', `The GPU holds nothing called ${name}.`);
    return range;
  }

  write(name: string, data: Words, byteOffset = 0): void {
    const { buffer, offset, bytes } = this.get(name);
    if (byteOffset + data.byteLength > bytes)
      throw new Error(`${data.byteLength} bytes do not fit into ${name} (${bytes} bytes) at ${byteOffset}.`);
    const odd = data.byteLength % 4;
    if (odd === 0) {
      this.gpu.device.queue.writeBuffer(buffer, offset + byteOffset, data.buffer, data.byteOffset, data.byteLength);
      return;
    }
    const whole = new Uint8Array(data.byteLength + 4 - odd);
    whole.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    this.gpu.device.queue.writeBuffer(buffer, offset + byteOffset, whole);
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

  /** Sets a range to zero bytes. */
  clear(name: string): void {
    const { buffer, offset, bytes } = this.get(name);
    const encoder = this.gpu.device.createCommandEncoder();
    encoder.clearBuffer(buffer, offset, bytes);
    this.gpu.device.queue.submit([encoder.finish()]);
  }

  /** Frees every buffer whose name satisfies `which`, and all names that point into it. */
  free(which: (name: string) => boolean): void {
    for (const [name, { buffer }] of [...this.owned]) {
      if (!which(name)) continue;
      this.owned.delete(name);
      for (const [alias, range] of [...this.ranges]) if (range.buffer === buffer) this.ranges.delete(alias);
      this.gpu.destroy(buffer);
    }
  }

  bytes(of?: StoreClass): number {
    let sum = 0;
    for (const entry of this.owned.values()) if (of === undefined || entry.class === of) sum += entry.buffer.size;
    return sum;
  }
}
