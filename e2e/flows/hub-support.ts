/** What journeys with the Hub-like server share: the server, a browser profile on the disk (a private window keeps files in memory), and a kill. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { startHub } from '../hub/server.mjs';
import type { Hub } from '../hub/types.ts';
import { PATIENCE } from './page.ts';

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

/** Fills the form of Publish with a token of the stand-in's user `ada`, and sends. */
export async function publishAs(page: Page, endpoint: string, repository: string): Promise<void> {
  const publish = page.getByTestId('publish');
  await publish.getByTestId('publish-repository').fill(repository);
  await publish.getByTestId('publish-endpoint').fill(endpoint);
  await publish.getByTestId('publish-token').fill('hf_ada');
  await publish.getByTestId('publish-send').click();
}

/** Opens a model of the stand-in, at the model place. */
export async function openFromHub(page: Page, endpoint: string, repository: string): Promise<void> {
  await page.getByTestId('open-hub').click();
  await page.getByTestId('hub-repository').fill(repository);
  if (!(await page.getByTestId('hub-endpoint').isVisible())) await page.getByTestId('hub-more').click();
  await page.getByTestId('hub-endpoint').fill(endpoint);
  await page.getByTestId('hub-look').click();
  await page.getByTestId('hub-open').click(PATIENCE);
}

/** As the machine would: no handler of the browser runs. */
export async function killBrowser(page: Page): Promise<void> {
  const session = await page.context().browser()!.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  process.kill(processInfo.find(({ type }) => type === 'browser')!.id, 'SIGKILL');
}
