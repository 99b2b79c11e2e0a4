/**
 * What the journeys do on the page: open it, go to a place, choose settings, train, ask. Everything waits for what the page shows, never
 * for a clock. Not here: what a test expects.
 */
import { type Browser, expect, type Locator, type Page } from '@playwright/test';

export type Place = 'model' | 'data' | 'train' | 'compare' | 'evaluate' | 'runs';

/** Software GPUs on a busy machine are slow; a step that hangs still fails. */
export const PATIENCE = { timeout: 180_000 };

/** A first visit, or a later one: the model and the dataset are there and counted. */
export async function open(page: Page, place: Place = 'model'): Promise<void> {
  await page.goto(`#/${place}`);
  await settled(page);
}

/** Nothing is being loaded any more, and model and dataset are ready. */
export async function settled(page: Page): Promise<void> {
  await expect(page.getByTestId('step-model')).toHaveAttribute('data-state', 'ready', PATIENCE);
  await expect(page.getByTestId('step-data')).toHaveAttribute('data-state', 'ready', PATIENCE);
}

export async function go(page: Page, place: Place): Promise<void> {
  await page.getByTestId(`step-${place}`).click();
  await expect(page.getByTestId(`place-${place}`).getByRole('heading', { level: 1 })).toBeAttached(); // its code is loaded
}

/** Fills settings by their TRL or PEFT names; those behind "Advanced" are opened first. */
export async function choose(page: Page, settings: Record<string, string | number>): Promise<void> {
  for (const [name, value] of Object.entries(settings)) {
    const input = page.getByTestId(`setting-${name}`);
    if ((await input.count()) === 0) await page.getByTestId('advanced').click();
    await input.fill(String(value));
    await input.blur();
  }
}

/** Goes to Train, chooses the settings and starts; returns the live view. */
export async function start(page: Page, settings: Record<string, string | number>): Promise<Locator> {
  await go(page, 'train');
  await choose(page, settings);
  const button = page.getByTestId('start-run');
  const ended = ['done', 'stopped', 'failed'].map((phase) => `:not([data-phase=${phase}])`).join('');
  // a press at the moment in which readiness is asked anew meets a disabled button, as a person's would
  await expect(async () => {
    await expect(button).toBeEnabled(PATIENCE);
    await button.click();
    await expect(page.locator(`[data-testid=live]${ended}`)).toBeVisible({ timeout: 60_000 });
  }).toPass(PATIENCE);
  return page.getByTestId('live');
}

export async function reaches(page: Page, phase: string): Promise<void> {
  await expect(page.getByTestId('live')).toHaveAttribute('data-phase', phase, PATIENCE);
}

/** One of the numbers of the run, by its name on the page: "12 / 30", "1.31". */
export function runNumber(page: Page, name: string): Locator {
  return page.getByTestId('run-numbers').locator('div', { hasText: name }).locator('dd').first();
}

/** The last finished step. */
export async function stepOf(page: Page): Promise<number> {
  return Number((await runNumber(page, 'Step').innerText()).split('/')[0]);
}

/** Waits until at least this many steps are done. */
export async function stepsDone(page: Page, steps: number): Promise<void> {
  await expect.poll(() => stepOf(page), PATIENCE).toBeGreaterThanOrEqual(steps);
}

/** Asks in Compare and waits for every answer to end. */
export async function ask(page: Page, question: string): Promise<void> {
  await page.getByTestId('question').fill(question);
  await page.getByTestId('ask').click();
  await answered(page);
}

export async function answered(page: Page): Promise<void> {
  await expect(page.getByTestId('step-compare')).toHaveAttribute('data-state', 'ready', PATIENCE);
}

export interface Answer {
  thought: string;
  answer: string;
  /** Percent of the reasoning in the requested language; null where none was requested or nothing could be judged. */
  share: number | null;
}

export async function readAnswer(page: Page, source: 'base' | 'adapter' | 'peer', language: string): Promise<Answer> {
  const cell = page.getByTestId(`cell-${source}-${language}`);
  const text = async (id: string) => (await cell.getByTestId(id).allInnerTexts()).join('');
  const share = /^(\d+) %/.exec(await text('share'));
  return { thought: await text('thought'), answer: await text('answer'), share: share ? Number(share[1]) : null };
}

/** Does something with an entry of the library, from its menu. */
export async function fromMenu(row: Locator, item: string): Promise<void> {
  await row.getByTestId('entry-menu').click();
  await row.page().getByTestId(item).click();
}

/** The notice at a place: one sentence. */
export function notice(page: Page, place: Place): Locator {
  return page.getByTestId(`notices-${place}`).getByRole('alert');
}

/** As a driver that crashes: every device of the browser is lost. */
export async function crashGpu(browser: Browser): Promise<void> {
  const session = await browser.newBrowserCDPSession();
  await session.send('Browser.crashGpuProcess');
  await session.detach();
}
