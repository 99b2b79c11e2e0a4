/** Where no driver gives an adapter, the error says what was tried and which system packages give one. */
import { afterEach, expect, it, vi } from 'vitest';
import { noAdapter } from '../../scripts/vulkan.mjs';
import { openNodeGpu } from './adapter.ts';

vi.mock('webgpu', () => ({ create: () => ({ requestAdapter: async () => null }), globals: {} }));
afterEach(() => vi.unstubAllEnvs());

it('opening the GPU under Node fails with that sentence', async () => {
  vi.stubEnv('MT_VK', 'native');
  await expect(openNodeGpu()).rejects.toMatchObject({ name: 'DeviceError', message: noAdapter() });
});

it('names the drivers that were tried and the packages', () => {
  expect(noAdapter({ VK_DRIVER_FILES: '/a/lvp_icd.json' }, 'linux')).toBe(
    'No GPU adapter was found through Vulkan (VK_DRIVER_FILES=/a/lvp_icd.json); install mesa-vulkan-drivers 25 or newer (Debian 12: from bookworm-backports), or chromium, which brings SwiftShader.',
  );
  expect(noAdapter({}, 'linux')).toContain('(no driver file)');
  expect(noAdapter({}, 'darwin')).toBe('No GPU adapter was found; update the graphics driver.');
});
