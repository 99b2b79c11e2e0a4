/**
 * Kernels of attention, of its key/value cache and of the rotary embedding before it. Head sizes are parameters and not overrides:
 * one pipeline serves every model, and software adapters take seconds to compile what they unroll.
 */
import { NO_BRANCH, VISIBLE, WAY_UP } from './pieces.ts';
import { kernel, kernelOf } from './shaders.ts';
import { FLOAT_FORMATS, gemv, named, withNarrow } from './weights.ts';

export const attentionForward = kernel(VISIBLE, 'attention/attention.forward');
export const attentionBackwardDelta = kernel('attention/attention.backward-delta');
export const attentionBackwardQuery = kernel(VISIBLE, 'attention/attention.backward-query');
export const attentionBackwardKey = kernel(VISIBLE, 'attention/attention.backward-key');
const step = (variant: 'forward' | 'narrow') => ({
  sinks: kernelOf(['attention/step-sinks', 'attention/step-position', `attention/attention-step.${variant}`]),
  norms: kernelOf(['attention/step-norms', 'attention/step-position', `attention/attention-step.${variant}`], ' normed'),
});
export const attentionStepKernels = { forward: step('forward'), narrow: step('narrow') };
export const attentionStepMerge = kernel('attention/attention-step.merge');
export const qkvKernels = {
  plain: withNarrow(gemv(FLOAT_FORMATS, 'attention/qkv.gemv', 'three-matrices', NO_BRANCH, 'attention/qkv-biases')),
  adapted: withNarrow(named(gemv(FLOAT_FORMATS, 'attention/qkv.gemv', 'three-matrices', WAY_UP, 'attention/qkv-branches'), ' adapted')),
};
export const cacheWriteForward = kernel('attention/cache-write.forward');
export const ropeForward = kernel('attention/rope.forward');
