/**
 * Models from the Hub in a real browser, over the true private file system: fetched through redirects and CORS, killed in the middle and resumed,
 * repaired, read in place, deleted, in flat memory. The page here is the hub lab (lab/pages/hub.ts); the same through the whole page is another
 * journey's business. Every test has a profile of its own on the disk: a private window would keep files in memory.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type BrowserContext, test as base, chromium, expect, type Page } from '@playwright/test';
import type { Remote } from 'comlink';
import type { HubLab } from '../../lab/pages/hub-worker.ts';
import { findBrowser } from '../../scripts/browser.mjs';
import type { HubRepository } from '../../src/protocol/model.ts';
import { watchPage } from '../hub/bare-browser.mjs';
import { bytesFile, createRepository, folderFiles, repeatedFile } from '../hub/content.mjs';
import type { Hub } from '../hub/types.ts';
import { labUrl } from './addresses.ts';
import { type HubFixtures, hubFixtures, killBrowser } from './hub-support.ts';
import { PATIENCE } from './page.ts';

declare const lab: Remote<HubLab>;

const MIB = 2 ** 20;
const PART = 8 * MIB;
const mini = resolve(import.meta.dirname, '../../public/models/mini');
const REPOSITORY = 'someone/big';
const WEIGHTS = 'model.safetensors';

interface Fixtures extends HubFixtures {
  /** Starts the browser on the profile anew; each opens the lab. */
  browse: () => Promise<{ context: BrowserContext; page: Page }>;
}

const test = base.extend<Fixtures>({
  ...hubFixtures,
  browse: async ({ profile }, use) => {
    const open: BrowserContext[] = [];
    await use(async () => {
      const executablePath = findBrowser();
      const context = await chromium.launchPersistentContext(profile, { ...(executablePath && { executablePath }) });
      open.push(context);
      return { context, page: await openLab(context) };
    });
    for (const context of open) await context.close().catch(() => undefined);
  },
});

async function openLab(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${labUrl}hub.html`);
  await expect(page.locator('body')).toHaveAttribute('data-ready', 'true');
  return page;
}

/** The bundled model's small files beside weights of any size. */
function serve(hub: Hub, size: number, options: { token?: string } = {}): HubRepository {
  const texts = ['config.json', 'tokenizer.json', 'tokenizer_config.json'].map((path) => bytesFile(path, readFileSync(join(mini, path))));
  hub.repositories.set(REPOSITORY, createRepository(REPOSITORY, [...texts, repeatedFile(WEIGHTS, size)], options));
  return { repository: REPOSITORY, revision: 'main', endpoint: hub.endpoint, ...options };
}

const served = (hub: Hub, path = WEIGHTS) =>
  hub.repositories.get(REPOSITORY)!.filesAt(hub.repositories.get(REPOSITORY)!.resolve('main')!)!.get(path)!;
const sent = (hub: Hub): number => hub.requests.filter(({ file }) => file === WEIGHTS).reduce((sum, r) => sum + r.sent, 0);
const fetchModel = (page: Page, given: HubRepository & { commit?: string }) => page.evaluate((g) => lab.fetch(g), given);
const begin = (page: Page, given: HubRepository) => page.evaluate((g) => void lab.fetch(g).catch(() => undefined), given);
const done = (page: Page) => page.evaluate(async () => (await lab.progress()).done);
const list = (page: Page) => page.evaluate(() => lab.list());

/** How many requests there are once those that were on their way have arrived. */
async function settledRequests(page: Page, hub: Hub): Promise<number> {
  let before = -1;
  while (hub.requests.length !== before) {
    before = hub.requests.length;
    await page.waitForTimeout(200);
  }
  return before;
}

async function expectWhole(page: Page, hub: Hub): Promise<void> {
  const hashes = await page.evaluate(() => lab.read());
  for (const [path, hash] of Object.entries(hashes)) expect(hash, path).toBe(served(hub, path).sha256);
  expect(hashes).toHaveProperty([WEIGHTS]);
  await page.evaluate(() => lab.close());
}

test('a model comes through redirect and CORS with a token, is listed, read in place, and deleted', async ({ browse, hub }) => {
  const { page } = await browse();
  const given = serve(hub, 3 * PART + 12_345, { token: 'hf_secret' });
  const offer = await page.evaluate((g) => lab.offer(g), given);
  expect(offer).toMatchObject({ stored: 0, bytes: expect.any(Number), config: { model_type: 'gpt_oss' } });
  expect(offer.storage!.available).toBeGreaterThan(100 * MIB);
  expect(await fetchModel(page, given)).toEqual(['config.json', WEIGHTS, 'tokenizer.json', 'tokenizer_config.json']);
  const elsewhere = hub.requests.filter(({ host }) => host === 'cdn');
  expect(elsewhere.map(({ authorization, referer }) => [authorization, referer])).toEqual(elsewhere.map(() => [null, null]));
  expect(
    elsewhere.filter(({ method }) => method !== 'GET'),
    'preflights are refused there',
  ).toEqual([]);
  expect(sent(hub)).toBe(3 * PART + 12_345);
  const [model] = await list(page);
  expect(model).toMatchObject({ repository: REPOSITORY, complete: true, stored: offer.bytes, bytes: offer.bytes });
  await expectWhole(page, hub);
  await page.evaluate((id) => lab.remove(id), model!.id);
  expect(await list(page)).toEqual([]);
});

for (const [way, kill] of [
  ['reloading the page', (page: Page) => page.reload()],
  ['a crash of the page', async (page: Page) => void page.goto('chrome://crash').catch(() => undefined)],
  ['killing the browser', killBrowser],
] as const) {
  test(`after ${way} in the middle a download goes on where it was`, async ({ browse, hub }) => {
    const first = await browse();
    const given = serve(hub, 12 * PART);
    for (const part of [9, 10, 11]) hub.faults.push({ file: WEIGHTS, host: 'cdn', from: part * PART, bytesPerSecond: MIB });
    await begin(first.page, given);
    await expect.poll(() => done(first.page), { intervals: [20] }).toBeGreaterThan(8 * PART);
    await kill(first.page);
    await first.context.close().catch(() => undefined);
    hub.faults.length = 0;

    const { page } = await browse();
    const [kept] = await list(page);
    expect(kept).toMatchObject({ complete: false });
    expect(kept!.stored).toBeGreaterThan(3 * PART);
    const before = hub.requests.length;
    await fetchModel(page, given);
    const again = hub.requests.slice(before).filter(({ host, file }) => host === 'cdn' && file === WEIGHTS);
    expect(again.length).toBe((kept!.bytes - kept!.stored) / PART);
    await expectWhole(page, hub);
    console.log(`killed by ${way}: ${Math.floor(kept!.stored / PART)} of 12 parts were kept, ${again.length} fetched afterwards`);
  });
}

test('a byte that goes wrong on the disk is found and only its part is fetched again', async ({ browse, hub }) => {
  const { page } = await browse();
  const given = serve(hub, 9 * PART);
  const stored = () => expect.poll(async () => (await list(page))[0]?.stored ?? 0, PATIENCE).toBeGreaterThan(8 * PART); // all parts but the last
  hub.faults.push({ file: WEIGHTS, from: 8 * PART, status: 404, after: stored });
  await expect(fetchModel(page, given)).rejects.toThrow(/model\.safetensors of someone\/big is not at/);
  const [model] = await list(page);
  const data = `${served(hub).sha256}.data`;
  await page.evaluate(([id, file, at]) => lab.corrupt(id, file, at), [model!.id, data, PART + 77] as const);
  const before = hub.requests.length;
  await fetchModel(page, given);
  const again = hub.requests.slice(before).filter(({ host, file }) => host === 'cdn' && file === WEIGHTS);
  expect(again.map(({ range }) => range![0]).sort((a, b) => a - b)).toEqual([PART, 8 * PART]);
  await expectWhole(page, hub);
});

test('a byte that goes wrong on the way is found, named, and put right', async ({ browse, hub }) => {
  const { page } = await browse();
  const given = serve(hub, 4 * PART);
  hub.faults.push({ file: WEIGHTS, wrongByteAt: 2 * PART + 1 });
  await fetchModel(page, given);
  const { labels } = await page.evaluate(() => lab.progress());
  expect(labels).toContain('model.safetensors arrived damaged: bytes 16,777,216 to 25,165,823 were fetched again');
  await expectWhole(page, hub);
});

test('lost connections, a 429 and a 503 pass unnoticed; pause holds and cancel keeps', async ({ browse, hub }) => {
  const { page } = await browse();
  const given = serve(hub, 8 * PART);
  hub.faults.push({ file: WEIGHTS, host: 'cdn', from: PART, dropAfter: 3 * MIB });
  hub.faults.push({
    file: WEIGHTS,
    host: 'hub',
    from: 2 * PART,
    status: 429,
    headers: { 'retry-after': '0', 'access-control-expose-headers': 'Retry-After' },
  });
  hub.faults.push({ file: WEIGHTS, host: 'cdn', from: 3 * PART, status: 503 });
  hub.faults.push({ file: WEIGHTS, host: 'cdn', bytesPerSecond: 20 * MIB, times: 6 });
  await begin(page, given);
  await expect.poll(() => done(page), { intervals: [20] }).toBeGreaterThan(3 * PART);
  await page.evaluate(() => lab.pause(true));
  const held = await settledRequests(page, hub);
  await page.waitForTimeout(500);
  expect(hub.requests.length).toBe(held);
  expect(await done(page), 'it waits in the middle').toBeLessThan(8 * PART);
  await page.evaluate(() => lab.pause(false));
  await expect.poll(() => done(page), { intervals: [20] }).toBeGreaterThan(5 * PART);
  await page.evaluate(() => lab.cancel());
  await expect.poll(async () => (await list(page))[0]!.stored).toBeGreaterThan(3 * PART);
  await fetchModel(page, given);
  // a browser throws away what it had received and not yet handed over when a connection breaks: by how much is not ours to say
  const resumed = hub.requests.map(({ range }) => range?.[0] ?? 0).filter((from) => from > PART && from < 2 * PART);
  expect(resumed, 'the part whose connection was lost goes on in its middle').not.toEqual([]);
  expect(resumed[0], 'no byte is taken for received that was never sent').toBeLessThanOrEqual(PART + 3 * MIB);
  await expectWhole(page, hub);
});

test('a full disk is told before and in the middle, and a second tab keeps out', async ({ browse, hub }) => {
  const { context, page } = await browse();
  const given = serve(hub, 8 * PART);
  const session = await context.newCDPSession(page);
  const origin = new URL(labUrl).origin;
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 30 * MIB });
  expect((await page.evaluate((g) => lab.offer(g), given)).blocker).toMatch(
    /needs 64.* MiB more .* where \d+.* are free; .*open their folder/,
  );
  await expect(fetchModel(page, given)).rejects.toThrow(/open their folder/);
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 200 * MIB });
  hub.faults.push({ file: WEIGHTS, host: 'cdn', bytesPerSecond: 8 * MIB, times: 8 });
  const ended = fetchModel(page, given).then(
    () => '',
    (error: Error) => error.message,
  );
  await expect.poll(() => done(page), { intervals: [20] }).toBeGreaterThan(PART);
  const second = await openLab(context);
  await expect(fetchModel(second, given)).rejects.toThrow(/being fetched in another tab/);
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 35 * MIB });
  expect(await ended).toMatch(/storage is full: model\.safetensors is kept as far as it came/);
  await session.send('Storage.overrideQuotaForOrigin', { origin });
  const [kept] = await list(page);
  expect(kept!.stored).toBeGreaterThan(PART);
  await fetchModel(page, given);
  await expectWhole(page, hub);
});

test('what is here whole opens without the Hub, in two tabs at once, and is not deleted under them', async ({ browse, hub }) => {
  const first = await browse();
  hub.repositories.set('us/mini', createRepository('us/mini', folderFiles(mini)));
  const given = { repository: 'us/mini', revision: 'main', endpoint: hub.endpoint };
  await fetchModel(first.page, given);
  await hub.close();
  const second = await openLab(first.context);
  await fetchModel(second, given);
  const hashes = await Promise.all([first.page, second].map((page) => page.evaluate(() => lab.read())));
  expect(hashes[0]).toEqual(hashes[1]);
  await second.evaluate(() => lab.close());
  const [model] = await list(second);
  await expect(second.evaluate((id) => lab.remove(id), model!.id)).rejects.toThrow(/us\/mini is in use/);
  await first.page.evaluate(() => lab.close());
  await second.evaluate((id) => lab.remove(id), model!.id);
  expect(await list(first.page)).toEqual([]);
});

test('a newer commit is fetched beside the one that is open, and takes its place when that is closed', async ({ browse, hub }) => {
  const { page } = await browse();
  const given = serve(hub, 2 * PART);
  await fetchModel(page, given);
  await page.evaluate(() => lab.read());
  const texts = [...hub.repositories.get(REPOSITORY)!.filesAt(hub.repositories.get(REPOSITORY)!.resolve('main')!)!.values()];
  hub.repositories.get(REPOSITORY)!.push([...texts.filter(({ path }) => path !== WEIGHTS), repeatedFile(WEIGHTS, 3 * PART, 2)]);
  const { commit, needed } = await page.evaluate((g) => lab.offer(g), given);
  expect(needed).toBe(3 * PART);
  const old = await page.evaluate(() => lab.read());
  await fetchModel(page, { ...given, commit });
  expect((await page.evaluate(() => lab.read()))[WEIGHTS]).not.toBe(old[WEIGHTS]);
  await page.reload(); // which closes the old one
  await expect(page.locator('body')).toHaveAttribute('data-ready', 'true');
  await fetchModel(page, given);
  await expectWhole(page, hub);
  const { usage = 0 } = await page.evaluate(() => navigator.storage.estimate());
  expect(usage, 'the old weights are gone').toBeLessThan(4 * PART);
});

test('memory stays flat while hundreds of megabytes are fetched, verified and read', async ({ hub, profile }) => {
  const size = 256 * MIB;
  const given = serve(hub, size);
  const { sha256 } = served(hub); // computed before the clock runs
  const query = new URLSearchParams({ endpoint: given.endpoint, repository: given.repository });
  const phases = await watchPage(`${labUrl}hub.html?${query}&`, profile);
  const [idle, fetching, reading] = phases.map(({ peak }) => peak) as [number, number, number];
  const seconds = (Number(phases[1]!.report.ms) / 1000).toFixed(1);
  console.log(
    `${size / MIB} MiB in ${seconds} s: renderer ${idle.toFixed(0)} MiB idle, at most ${fetching.toFixed(0)} while fetching and verifying, ${reading.toFixed(0)} while reading`,
  );
  expect(phases[2]!.report.hashes).toMatchObject({ [WEIGHTS]: sha256 });
  expect(Math.max(fetching, reading) - idle).toBeLessThan(400);
});
