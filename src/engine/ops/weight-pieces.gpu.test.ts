/** Expert weights that are larger than one binding: the launches of all groups together give what one launch gives. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNodeGpu } from '../../headless/adapter.ts';
import { Gpu } from '../gpu/device.ts';
import { DEFAULT_CAPABILITIES } from '../graph/op.ts';
import { plan } from '../graph/plan.ts';
import { expertSumTwin, expertSwigluTwin } from '../reference/expert-gemv.ts';
import { groupedLinearTransposedTwin, groupedLinearTwin } from '../reference/grouped-linear.ts';
import { runCase, traceCase } from '../reference/self-test.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
});
afterAll(() => gpu.device.destroy());

/** An expert of the first two has 4096 bytes of blocks and 256 of scales; the five go in groups of two, two and one. Of the others, 32 go by eights. */
const cases = [
  { twin: groupedLinearTwin, title: 'many column blocks, mxfp4, bias, gathered', limit: 3 * 4096 - 256, launches: 3 },
  { twin: groupedLinearTransposedTwin, title: 'several tiles an expert, mxfp4', limit: 3 * 4096 - 256, launches: 3 },
  { twin: expertSwigluTwin, title: 'sixteen slots, mxfp4', limit: 9 * 1024, launches: 4 },
  { twin: expertSumTwin, title: 'sixteen slots, mxfp4', limit: 9 * 1024, launches: 4 },
].map(({ twin, title, limit, launches }) => ({
  name: twin.op.name,
  twin,
  c: twin.cases.find((c) => c.title === title)!,
  small: { ...DEFAULT_CAPABILITIES, maxStorageBufferBindingSize: limit },
  launches,
}));

describe.each(cases)('$name', ({ twin, c, small, launches }) => {
  it('serves every expert group by group', async () => {
    const result = await runCase(gpu, twin, c, small);
    expect(result.error).toBeLessThanOrEqual(1e-5);
    expect(plan(traceCase(twin, c).trace, small).launches.length).toBe(launches);
  });
  it('throws when one expert does not fit', () => {
    const tiny = { ...DEFAULT_CAPABILITIES, maxStorageBufferBindingSize: 256 };
    expect(() => plan(traceCase(twin, c).trace, tiny)).toThrow(/weight: \d+ of its experts are larger than this GPU binds at once/);
  });
});
