/**
 * Whether the GPU has enough memory: everything planned is allocated, written once (drivers commit memory at first use, not at allocation) and
 * freed. WebGPU does not report how much memory there is, so trying is the only way to know.
 */
import type { Gpu } from './device.ts';

export interface Wanted {
  /** For messages. */
  readonly label: string;
  readonly bytes: number;
}

/** Bytes that are cleared in one submit, so that none of them holds the GPU for long. */
const CLEARED_AT_ONCE = 2 ** 30;

/** Returns when all of it fits at once beside what is there; throws OutOfMemoryError for the first that does not. Nothing stays allocated. */
export async function probe(gpu: Gpu, wanted: readonly Wanted[]): Promise<void> {
  const buffers: GPUBuffer[] = [];
  try {
    for (const { label, bytes } of wanted) buffers.push(gpu.buffer(bytes, label));
    await gpu.allocated();
    let at = 0;
    while (at < buffers.length) {
      const encoder = gpu.device.createCommandEncoder();
      for (let bytes = 0; at < buffers.length && bytes < CLEARED_AT_ONCE; bytes += buffers[at++]!.size) encoder.clearBuffer(buffers[at]!);
      gpu.device.queue.submit([encoder.finish()]);
    }
    await gpu.idle();
  } finally {
    for (const buffer of buffers) gpu.destroy(buffer);
  }
  gpu.device.queue.submit([]); // what was destroyed is given back when the queue moves on
  await gpu.idle();
}
