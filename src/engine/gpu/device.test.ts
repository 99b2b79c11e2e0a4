/** A device that is lost before anybody looks. */
import { expect, it } from 'vitest';
import { Gpu } from './device.ts';

it('is no device', async () => {
  const device = { lost: Promise.resolve({ reason: 'unknown', message: 'GPU process crashed' }) };
  const adapter = { features: new Set(), limits: {}, info: {}, requestDevice: async () => device };
  await expect(Gpu.open({ requestAdapter: async () => adapter } as unknown as GPU)).rejects.toThrow(
    /lost as it was opened: GPU process crashed/,
  );
});
