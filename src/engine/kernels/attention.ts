/**
 * Kernels of attention, of its key/value cache and of the rotary embedding before it. Head sizes are parameters and not overrides:
 * one pipeline serves every model, and software adapters take seconds to compile what they unroll.
 */
import { kernel } from './shaders.ts';
import { gemv, withNarrow } from './weights.ts';

export const attentionForward = kernel('attention/attention.forward');
export const attentionBackwardDelta = kernel('attention/attention.backward-delta');
export const attentionBackwardQuery = kernel('attention/attention.backward-query');
export const attentionBackwardKey = kernel('attention/attention.backward-key');
export const attentionStepForward = kernel('attention/attention-step.forward');
export const attentionStepMerge = kernel('attention/attention-step.merge');
export const qkvKernels = withNarrow(gemv('attention/qkv.gemv', ['f32', 'bf16'], 'three-matrices'));
export const qkvLoraGemv = kernel('attention/qkv-lora.gemv');
export const cacheWriteForward = kernel('attention/cache-write.forward');
export const ropeForward = kernel('attention/rope.forward');
