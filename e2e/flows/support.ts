/**
 * What every journey shares: a page that fails its test on any console error or warning, uncaught error or failed request of our own; an
 * accessibility check; screenshots in both themes; dropping files. No page of ours is described here: that belongs to the journeys.
 */
import { test as base, expect, type Locator, type Page } from '@playwright/test';
import axe, { type RunOptions } from 'axe-core';

export { labUrl, pageUrl } from './addresses.ts';
export { expect };

interface Fixtures {
  /** Messages that a test expects, e.g. `test.use({ expectedMessages: [/404/] })`. */
  expectedMessages: RegExp[];
}

export const test = base.extend<Fixtures>({
  expectedMessages: [[], { option: true }],
  page: async ({ page, expectedMessages }, use) => {
    const messages = watch(page);
    await use(page);
    const unexpected = messages.filter((message) => !expectedMessages.some((expected) => expected.test(message)));
    expect(unexpected, 'console, errors and requests of the page').toEqual([]);
  },
});

/** Collects what a clean page does not do, workers included. */
function watch(page: Page): string[] {
  const messages: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()))
      messages.push(`console ${message.type()}: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => messages.push(`uncaught: ${error.stack ?? error.message}`));
  page.on('crash', () => messages.push('the page crashed'));
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? 'failed';
    if (reason !== 'net::ERR_ABORTED') messages.push(`request: ${request.url()} ${reason}`); // aborted: the page left or cancelled
  });
  return messages;
}

/** Targets of 24 pixels included, which axe leaves out by default. */
const EVERY_RULE: RunOptions = { rules: { 'target-size': { enabled: true } }, resultTypes: ['violations'], preload: false };
/** What another width can change: colours are those of the wide page, and looking at them takes most of axe's time. */
const LAYOUT_RULES: RunOptions = { ...EVERY_RULE, rules: { ...EVERY_RULE.rules, 'color-contrast': { enabled: false } } };
/** What another colour scheme can change. */
const COLOUR_RULES: RunOptions = { ...EVERY_RULE, rules: {}, runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } };

/** No accessibility violation in the page as it stands, or in one part of it. */
export async function checkAccessibility(page: Page, part?: string, rules = EVERY_RULE): Promise<void> {
  const scrolled = await scrollTop(page, 0); // a button half under the head that stays is no small target
  // An answer that is about to be replaced is faded; where none comes, axe sees it as it is.
  await expect(page.locator('[data-pending="true"]'))
    .toHaveCount(0, { timeout: 10_000 })
    .catch(() => undefined);
  await coloursAsMeant(page);
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source);
  const found = await page.evaluate(violations, [part, rules] as const);
  await scrollTop(page, scrolled);
  expect(found, 'accessibility').toEqual([]);
}

/** In the page: once in it, axe stays until the page is left. Its own runner for Playwright brings it, and opens a page of its own, each time. */
async function violations([part, rules]: readonly [string | undefined, RunOptions]): Promise<string[]> {
  const results = await (globalThis as unknown as { axe: typeof axe }).axe.run(part ?? document, rules);
  return results.violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help} at ${nodes.map(({ target, failureSummary }) => `${target.join(' ')} (${failureSummary})`).join(', ')}`,
  );
}

/** Scrolls there at once; where the page stood before. */
function scrollTop(page: Page, top: number): Promise<number> {
  return page.evaluate((to) => {
    const before = scrollY;
    scrollTo({ top: to, behavior: 'instant' });
    return before;
  }, top);
}

const FADED_MS = 10_000;

/** Until no colour is on its way to another; a page that draws no frame has nothing that fades. */
export async function coloursAsMeant(page: Page): Promise<void> {
  const faded = page.evaluate(coloursHaveFaded);
  faded.catch(() => undefined); // once it is late, nobody hears of it
  await Promise.race([faded, new Promise((wait) => void setTimeout(wait, FADED_MS).unref())]);
}

/** Transitions start with the frame after the change; a running one shows colours that nobody chose. */
async function coloursHaveFaded(): Promise<void> {
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
  const fading = document.getAnimations().filter((animation) => animation instanceof CSSTransition); // a spinner never ends
  await Promise.allSettled(fading.map((animation) => animation.finished));
}

/**
 * The page as it stands, light, dark and on a phone: a screenshot of each for people to look at, and no accessibility violation in any. `part`: where the
 * rest of the page has been looked at already, what is new.
 */
export async function lookEverywhere(page: Page, name: string, part?: string): Promise<void> {
  await test.step(name, async () => {
    await capture(page, name, { each: (scheme) => checkAccessibility(page, part, scheme === 'light' ? EVERY_RULE : COLOUR_RULES) });
    const size = page.viewportSize()!;
    await page.setViewportSize({ width: 390, height: 844 });
    if (PICTURES) await page.screenshot({ path: `test-results/screens/${name}-390.png`, animations: 'disabled' });
    await checkAccessibility(page, part, LAYOUT_RULES);
    const { width, content } = await page.evaluate(() => ({ width: innerWidth, content: document.documentElement.scrollWidth }));
    expect(content, `${name} scrolls sideways on a phone`).toBeLessThanOrEqual(width);
    await page.setViewportSize(size);
  });
}

/** Pictures for people to look at; `npm test`, which nobody looks at, goes without (scripts/test.mjs). */
const PICTURES = process.env.MT_PICTURES !== 'none';

/** Saves test-results/screens/<name>-light.png and -dark.png; the page follows the system's colour scheme. `each` is called in either. */
export async function capture(page: Page, name: string, { fullPage = false, each }: Capture = {}): Promise<void> {
  if (!PICTURES && !each) return;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', colorScheme);
    if (PICTURES) await page.screenshot({ path: `test-results/screens/${name}-${colorScheme}.png`, animations: 'disabled', fullPage });
    await each?.(colorScheme);
  }
  await page.emulateMedia({ colorScheme: null });
}

interface Capture {
  fullPage?: boolean;
  each?: (scheme: 'light' | 'dark') => Promise<void>;
}

/** Drops files onto an element as a person would from their desktop. */
export async function drop(target: Locator, files: { name: string; type?: string; content: string | Buffer }[]): Promise<void> {
  const plain = files.map(({ name, type, content }) => ({ name, type: type ?? '', base64: Buffer.from(content).toString('base64') }));
  const transfer = await target.page().evaluateHandle((given) => {
    const data = new DataTransfer();
    for (const { name, type, base64 } of given) {
      const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
      data.items.add(new File([bytes], name, { type }));
    }
    return data;
  }, plain);
  for (const event of ['dragenter', 'dragover', 'drop']) await target.dispatchEvent(event, { dataTransfer: transfer });
  await transfer.dispose();
}
