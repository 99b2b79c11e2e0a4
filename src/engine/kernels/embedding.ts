/** Kernels that move whole rows: embedding, gather, scatter, copies. */
import copyRows from '../../../shaders/embedding/copy-rows.forward.wgsl?raw';
import embedding from '../../../shaders/embedding/embedding.forward.wgsl?raw';
import gather from '../../../shaders/embedding/gather-rows.forward.wgsl?raw';
import joinColumns from '../../../shaders/embedding/join-columns.forward.wgsl?raw';
import scatterClear from '../../../shaders/embedding/scatter-rows.clear.wgsl?raw';
import scatterWrite from '../../../shaders/embedding/scatter-rows.write.wgsl?raw';
import bf16 from '../../../shaders/weights/bf16.wgsl?raw';
import f32 from '../../../shaders/weights/f32.wgsl?raw';
import { type Kernel, storage } from '../gpu/kernel.ts';

const embeddingRecord = {
  entry: 'main',
  bindings: {
    weight: { binding: 1, access: 'read' },
    ids: { binding: 3, access: 'read' },
    y: { binding: 4, access: 'read_write' },
  },
  params: { tokens: 'u32', quads: 'u32', first: 'u32', count: 'u32', last: 'u32' },
} as const;

export const embeddingForwardF32: Kernel = { ...embeddingRecord, name: 'embedding.forward.f32', source: `${f32}\n${embedding}` };
export const embeddingForwardBf16: Kernel = { ...embeddingRecord, name: 'embedding.forward.bf16', source: `${bf16}\n${embedding}` };

export const copyRowsForward: Kernel = {
  name: 'copy-rows.forward',
  source: copyRows,
  entry: 'main',
  bindings: storage({ x: 'read', y: 'read_write' }),
  params: { words: 'u32' },
};

export const gatherRowsForward: Kernel = {
  name: 'gather-rows.forward',
  source: gather,
  entry: 'main',
  bindings: storage({ x: 'read', rows: 'read', y: 'read_write' }),
  params: { rows_in: 'u32', rows_out: 'u32', quads: 'u32' },
};

export const joinColumnsForward: Kernel = {
  name: 'join-columns.forward',
  source: joinColumns,
  entry: 'main',
  bindings: storage({ a: 'read', b: 'read', c: 'read', y: 'read_write' }),
  params: { n: 'u32', a: 'u32', b: 'u32', c: 'u32' },
};

export const scatterRowsClear: Kernel = {
  name: 'scatter-rows.clear',
  source: scatterClear,
  entry: 'main',
  bindings: storage({ dx: 'read_write' }),
  params: { quads: 'u32' },
};

export const scatterRowsWrite: Kernel = {
  name: 'scatter-rows.write',
  source: scatterWrite,
  entry: 'main',
  bindings: storage({ dy: 'read', rows: 'read', dx: 'read_write' }),
  params: { rows_in: 'u32', rows_out: 'u32', quads: 'u32' },
};
