/** Expert weights that are larger than one binding: the launches of all groups together give what one launch gives. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNodeGpu } from '../../headless/adapter.ts';
import { Gpu } from '../gpu/device.ts';
import { DEFAULT_CAPABILITIES } from '../graph/op.ts';
import { plan } from '../graph/plan.ts';
import { moeLinearTransposedTwin, moeLinearTwin } from '../reference/moe-linear.ts';
import { runCase, traceCase } from '../reference/self-test.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
});
afterAll(() => gpu.device.destroy());

/** An expert of these cases has 4096 bytes of blocks and 256 of scales; the five go in groups of two, two and one. */
const cases = [
  { twin: moeLinearTwin, title: 'many column blocks, mxfp4, bias, gathered' },
  { twin: moeLinearTransposedTwin, title: 'several tiles an expert, mxfp4' },
].map(({ twin, title }) => ({ name: twin.op.name, twin, c: twin.cases.find((c) => c.title === title)! }));
const small = { ...DEFAULT_CAPABILITIES, maxStorageBufferBindingSize: 3 * 4096 - 256 };

describe.each(cases)('$name', ({ twin, c }) => {
  it('serves every expert group by group', async () => {
    const result = await runCase(gpu, twin, c, small);
    expect(result.error).toBeLessThanOrEqual(1e-5);
    expect(plan(traceCase(twin, c).trace, small).launches.length).toBe(3);
  });
  it('says so when one expert does not fit', () => {
    const tiny = { ...DEFAULT_CAPABILITIES, maxStorageBufferBindingSize: 256 };
    expect(() => plan(traceCase(twin, c).trace, tiny)).toThrow(/weight: \d+ of its experts are larger than this GPU binds at once/);
  });
});
