/** What journeys with the Hub-like server share: the server, a browser profile on the disk (a private window keeps files in memory), and a kill. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { startHub } from '../hub/server.mjs';
import type { Hub } from '../hub/types.ts';

export interface HubFixtures {
  hub: Hub;
  /** A folder for a profile, gone after the test. */
  profile: string;
}

/** For `test.extend`. */
export const hubFixtures = {
  // biome-ignore lint/correctness/noEmptyPattern: Playwright's way of asking for no other fixture
  hub: async ({}: object, use: (hub: Hub) => Promise<void>): Promise<void> => {
    const hub = await startHub();
    await use(hub);
    await hub.close();
  },
  // biome-ignore lint/correctness/noEmptyPattern: as above
  profile: async ({}: object, use: (folder: string) => Promise<void>): Promise<void> => {
    const folder = await mkdtemp(join(tmpdir(), 'hub-profile-'));
    await use(folder);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  },
};

/** As the machine would: no handler of the browser runs. */
export async function killBrowser(page: Page): Promise<void> {
  const session = await page.context().browser()!.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  process.kill(processInfo.find(({ type }) => type === 'browser')!.id, 'SIGKILL');
}
