/** Kernels that move whole rows: embedding, gather, scatter, copies. */
import { kernel } from './shaders.ts';
import { FLOAT_FORMATS, overWeights } from './weights.ts';

export const embeddingForward = overWeights(FLOAT_FORMATS, 'embedding/embedding.forward');
export const copyRowsForward = kernel('embedding/copy-rows.forward');
export const gatherRowsForward = kernel('embedding/gather-rows.forward');
export const joinColumnsForward = kernel('embedding/join-columns.forward');
export const scatterRowsClear = kernel('embedding/scatter-rows.clear');
export const scatterRowsWrite = kernel('embedding/scatter-rows.write');
