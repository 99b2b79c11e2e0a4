import { expect, it } from 'vitest';
import { DEFAULT_CAPABILITIES } from '../../src/engine/graph/op.ts';
import { plan } from '../../src/engine/graph/plan.ts';
import { byteLength } from '../../src/engine/graph/tensor.ts';
import { Trace } from '../../src/engine/graph/trace.ts';
import { kernelBenches } from './kernels.ts';

it.each(kernelBenches.map((bench) => [bench.name, bench] as const))(
  '%s is planned within the default limits',
  (_, { build, operations, bytes, fill }) => {
    const trace = new Trace();
    build(trace);
    const { launches, persistent } = plan(trace, DEFAULT_CAPABILITIES);
    expect(launches.length).toBeGreaterThan(0);
    expect(operations ?? bytes).toBeGreaterThan(0);
    for (const tensor of persistent) {
      expect(byteLength(tensor)).toBeLessThanOrEqual(DEFAULT_CAPABILITIES.maxStorageBufferBindingSize);
      // Whole numbers mean something to a kernel, so each has to be given.
      if (tensor.dtype === 'u32') expect(fill, tensor.name).toHaveProperty(tensor.name);
    }
  },
);
