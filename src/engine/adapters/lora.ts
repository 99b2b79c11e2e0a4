/**
 * LoRA on the GPU: one arena for all adapter tensors, with the same layout for gradients and both moments, so that clearing, the norm and
 * AdamW are single dispatches. A rank that is not a multiple of 4 is padded with zeros, which stay zero (their gradients are zero).
 * Models never import this: `withLora` wraps the weights that a forward asks for.
 */
import { type AdapterTarget, type AdapterTensors, sizeA, sizeB } from '../files/adapter-plan.ts';
import type { Store } from '../gpu/store.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import type { Weights } from '../models/weights.ts';
import type { LinearLayer } from '../ops/linear.ts';

const ALIGN = 64; // elements: 256 bytes, the binding offset alignment

interface Placed {
  readonly key: string;
  readonly offset: number;
  readonly shape: readonly number[];
  /** Rows of `from` values each become rows of `to` values. */
  readonly rows: number;
  readonly from: number;
  readonly to: number;
}

export interface AdapterLayout {
  readonly targets: readonly AdapterTarget[];
  readonly placed: readonly Placed[];
  /** The buffer of the parameters. */
  readonly arena: string;
  /** Elements of an arena. */
  readonly length: number;
  readonly parameters: number;
  /** Where rows that decode together have adapters of their own (joined.ts); absent: all rows have this one. */
  readonly own?: RowAdapters;
}

export interface RowAdapters {
  /** Of the adapters that a row can have. */
  readonly count: number;
  /** Ranks of each adapter, multiples of 4, 0 where it has none: the different lists among the targets. */
  readonly mixes: readonly (readonly number[])[];
  /** Of each target by its path, the index of its list. */
  readonly mixOf: ReadonlyMap<string, number>;
}

export const ARENAS = {
  parameters: 'adapter',
  gradients: 'adapter.gradient',
  m: 'adapter.m',
  v: 'adapter.v',
  average: 'adapter.average',
} as const;

/** In front of a key: the tensor in the arena of the running average. */
const AVERAGE = 'average:';

/** Ranks as kernels read them. */
export function paddedRank(r: number): number {
  return Math.ceil(r / 4) * 4;
}

export function layoutAdapter(targets: readonly AdapterTarget[], arena: string = ARENAS.parameters): AdapterLayout {
  const placed: Placed[] = [];
  let length = 0;
  let parameters = 0;
  const place = (key: string, shape: number[], rows: number, from: number, to: number): void => {
    placed.push({ key, offset: length, shape, rows, from, to });
    length += Math.ceil((rows * to) / ALIGN) * ALIGN;
  };
  for (const t of targets) {
    const rank = paddedRank(t.r);
    const lead = t.kind === 'expert' ? [t.experts] : [];
    place(t.keyA, [...lead, rank, t.in], t.experts, t.r * t.in, rank * t.in);
    place(t.keyB, [...lead, t.out, rank], t.experts * t.out, t.r, rank);
    parameters += sizeA(t) + sizeB(t);
  }
  return { targets, placed, arena, length, parameters };
}

/** Layouts with the same key have the same programs. */
export function layoutKey({ arena, targets, own }: AdapterLayout): string {
  const mix = (path: string): string => own?.mixes[own.mixOf.get(path)!]?.join('+') ?? '';
  return [arena, ...targets.map(({ path, r, scale }) => `${path}:${r}:${scale}:${mix(path)}`)].join();
}

/** The running average of an adapter, as the adapter of a forward. */
export function averageLayout(layout: AdapterLayout): AdapterLayout {
  const named = (key: string): string => AVERAGE + key;
  return {
    ...layout,
    arena: ARENAS.average,
    targets: layout.targets.map((t) => ({ ...t, keyA: named(t.keyA), keyB: named(t.keyB) })),
    placed: layout.placed.map((p) => ({ ...p, key: named(p.key) })),
  };
}

/** Buffers and names for asking; with `training` also gradients and moments, with `average` also the running average, all zero. */
export function createAdapter(
  store: Store,
  layout: AdapterLayout,
  { training, average = false }: { training: boolean; average?: boolean },
): void {
  const arena = (name: string, of: 'adapter' | 'optimizer', prefix: string | null): void => {
    store.create(name, layout.length * 4, of);
    if (prefix === null) return;
    for (const { key, offset, rows, to } of layout.placed) store.alias(prefix + key, name, offset * 4, rows * to * 4);
  };
  arena(ARENAS.parameters, 'adapter', '');
  if (average) arena(ARENAS.average, 'adapter', AVERAGE);
  if (!training) return;
  arena(ARENAS.gradients, 'optimizer', 'gradient:');
  arena(ARENAS.m, 'optimizer', null);
  arena(ARENAS.v, 'optimizer', null);
}

export function freeAdapter(store: Store): void {
  const names = new Set<string>(Object.values(ARENAS));
  store.free((name) => names.has(name));
}

export function uploadAdapter(store: Store, layout: AdapterLayout, tensors: AdapterTensors, arena: string = ARENAS.parameters): void {
  const flat = new Float32Array(layout.length);
  for (const { key, offset, rows, from, to } of layout.placed) {
    const values = tensors.get(key);
    if (values?.length !== rows * from)
      throw new Error(`The adapter tensor ${key} has ${values?.length} values; ${rows * from} are needed.`);
    for (let r = 0; r < rows; r++) flat.set(values.subarray(r * from, (r + 1) * from), offset + r * to);
  }
  store.write(arena, flat);
}

/** An arena by PEFT key, without padding: parameters, gradients or moments. Tensors without padding are views of one copy of the arena. */
export async function downloadAdapter(store: Store, layout: AdapterLayout, arena: string = ARENAS.parameters): Promise<AdapterTensors> {
  const flat = new Float32Array(await store.read(arena));
  const tensors: AdapterTensors = new Map();
  for (const { key, offset, rows, from, to } of layout.placed) {
    if (from === to) {
      tensors.set(key, flat.subarray(offset, offset + rows * to));
      continue;
    }
    const values = new Float32Array(rows * from);
    for (let r = 0; r < rows; r++) values.set(flat.subarray(offset + r * to, offset + r * to + from), r * from);
    tensors.set(key, values);
  }
  return tensors;
}

/** The same weights, with the adapter's branches on the layers that have them. `ranks`: those that each row keeps, where rows have their own. */
export function withLora(trace: Trace, weights: Weights, layout: AdapterLayout, ranks?: Tensor): Weights {
  const placed = new Map(layout.placed.map((p) => [p.key, p]));
  const arena = trace.trainable(layout.arena, [layout.length]);
  const targets = new Map(layout.targets.map((t) => [t.path, t]));
  const attach = (path: string, layer: LinearLayer): LinearLayer => {
    const target = targets.get(path);
    if (!target) return layer;
    const { keyA, keyB, scale } = target;
    const [atA, atB] = [placed.get(keyA)!, placed.get(keyB)!];
    const [a, b] = [trace.trainable(keyA, atA.shape), trace.trainable(keyB, atB.shape)];
    const own = layout.own && ranks && { own: { ranks, mix: layout.own.mixOf.get(path)! } };
    return { ...layer, lora: { a, b, scale, arena, a_at: atA.offset, b_at: atB.offset, ...own } };
  };
  return {
    vector: (name) => weights.vector(name),
    linear: (path) => attach(path, weights.linear(path)),
    experts: (path) => attach(path, weights.experts(path)),
  };
}
