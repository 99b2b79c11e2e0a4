/**
 * An embedding table that stays with the checkpoint instead of on the GPU: a step needs a few thousand of its rows, so they are read by range
 * when a step needs them. gpt-oss-20b's table is 1.16 GB; a row of it is 5,760 bytes. The rows read last are kept.
 */
import { decodeFloats } from '../files/dtypes.ts';
import type { ModelCheckpoint } from '../files/safetensors-read.ts';
import type { Bytes } from '../files/source.ts';
import { checkFinite } from './finite.ts';

/** Tables up to this size lie on the GPU, where decoding needs no turn through the host: WebGPU's guaranteed size of one buffer. */
const LARGEST_ON_GPU = 256 * 2 ** 20;
const KEPT_BYTES = 32 * 2 ** 20;
/** Rows that lie this close are read as one range. */
const GAP_ROWS = 4;
const READS_AT_ONCE = 16;

/** Whether a table of so many bytes stays off the GPU; one that is also the head must be there anyway. */
export function staysOnHost(bytes: number, tied: boolean, largestOnGpu = LARGEST_ON_GPU): boolean {
  return !tied && bytes > largestOnGpu;
}

export class HostTable {
  private readonly kept = new Map<number, Float32Array>();
  readonly width: number;
  private readonly rowBytes: number;
  private readonly dtype: string;

  constructor(
    private readonly checkpoint: Pick<ModelCheckpoint, 'tensors' | 'read'>,
    private readonly name: string,
    private readonly scale = 1,
  ) {
    const { shape, bytes, dtype } = checkpoint.tensors.get(name)!;
    this.width = shape[1]!;
    this.rowBytes = bytes / shape[0]!;
    this.dtype = dtype;
  }

  /** The rows of `ids`, one after another and scaled: f32 [ids.length, width]. An id outside the table is a FileError of the read. */
  async rows(ids: ArrayLike<number>): Promise<Float32Array<ArrayBuffer>> {
    const out = new Float32Array(ids.length * this.width);
    const places = new Map<number, number[]>();
    for (let i = 0; i < ids.length; i++) {
      const at = places.get(ids[i]!);
      if (at) at.push(i);
      else places.set(ids[i]!, [i]);
    }
    const deliver = (id: number, row: Float32Array): void => {
      for (const i of places.get(id)!) out.set(row, i * this.width);
      this.kept.delete(id); // newest last
      this.kept.set(id, row);
    };
    const missing: number[] = [];
    for (const id of places.keys()) {
      const row = this.kept.get(id);
      if (row) deliver(id, row);
      else missing.push(id);
    }
    const runs = runsOf(missing.sort((a, b) => a - b));
    let next = 0;
    const reader = async (): Promise<void> => {
      while (next < runs.length) {
        const run = runs[next++]!;
        const first = run[0]!;
        const bytes = await this.checkpoint.read(this.name, first * this.rowBytes, (run.at(-1)! - first + 1) * this.rowBytes);
        checkFinite(this.checkpoint.tensors.get(this.name)!, bytes, first * this.width);
        for (const id of run) deliver(id, this.decode(bytes, id - first));
      }
    };
    await Promise.all(Array.from({ length: Math.min(READS_AT_ONCE, runs.length) }, reader));
    this.forget();
    return out;
  }

  private decode(bytes: Bytes, row: number): Float32Array {
    const values = decodeFloats(this.name, this.dtype as 'BF16', bytes.slice(row * this.rowBytes, (row + 1) * this.rowBytes));
    return this.scale === 1 ? values : values.map((value) => value * this.scale);
  }

  private forget(): void {
    const max = Math.max(1, Math.floor(KEPT_BYTES / (this.width * 4)));
    for (const id of this.kept.keys()) {
      if (this.kept.size <= max) return;
      this.kept.delete(id);
    }
  }
}

/** Sorted ids -> runs of ids that are read as one range. */
function runsOf(ids: readonly number[]): number[][] {
  const runs: number[][] = [];
  for (const id of ids) {
    const last = runs.at(-1);
    if (last && id - last.at(-1)! <= GAP_ROWS) last.push(id);
    else runs.push([id]);
  }
  return runs;
}
