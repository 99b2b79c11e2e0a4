/** How the free space of the browser's storage is probed, over a stand-in for OPFS that has one file. The rest needs a browser (e2e/flows/hub.spec.ts). */
import { beforeEach, expect, it, vi } from 'vitest';
import { openOpfsDisk } from './opfs-disk.ts';

const MIB = 2 ** 20;
const QUOTA = 100 * MIB;
let size = 0;
let sizeWhenClosed = -1;

const access = {
  truncate: (bytes: number) => {
    if (bytes > QUOTA) throw new DOMException('The quota is used up.', 'QuotaExceededError');
    size = bytes;
  },
  close: () => {
    sizeWhenClosed = size;
  },
};
const top = {
  getFileHandle: async () => ({ createSyncAccessHandle: async () => access }),
  removeEntry: async () => {
    size = 0;
  },
};
vi.stubGlobal('navigator', {
  locks: { request: async (_name: string, _options: object, held: () => Promise<void>) => held() },
  storage: {
    getDirectory: async () => ({ getDirectoryHandle: async () => top }),
    persisted: async () => false,
    estimate: async () => ({ quota: QUOTA, usage: size }),
  },
});

beforeEach(() => {
  [size, sizeWhenClosed] = [0, -1];
});

it('the probe takes no storage itself, neither in the estimate nor until its file is removed', async () => {
  const disk = await openOpfsDisk('models');
  expect(await disk.freeSpace(80 * MIB)).toEqual({ available: QUOTA, persisted: false });
  expect(sizeWhenClosed).toBe(0);
});

it('what is tried and does not fit is measured', async () => {
  const disk = await openOpfsDisk('models');
  expect(await disk.freeSpace(300 * MIB)).toEqual({ available: QUOTA, persisted: false });
  expect(sizeWhenClosed).toBe(0);
});
