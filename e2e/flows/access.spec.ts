/**
 * For everybody: axe finds nothing in any place and state, light, dark and 390 pixels wide; a run is heard, but not every step of it; the focus stays
 * where the work is; lists are walked by keys; outlines, forced colours and motion.
 */
import { resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { createRepository, folderFiles } from '../hub/content.mjs';
import { startHub } from '../hub/server.mjs';
import { answered, choose, crashGpu, go, notice, open, PATIENCE, reaches, start, stepsDone } from './page.ts';
import { capture, checkAccessibility, coloursAsMeant, expect, lookEverywhere, test } from './support.ts';

const fixture = (name: string) => resolve(import.meta.dirname, '../fixtures', name);

async function openFile(page: Page, path: string): Promise<void> {
  await page.getByTestId('open-dataset').click();
  await page.getByTestId('dataset-file').setInputFiles(path);
}

test('every place before a run: model, data, settings, questions, export', async ({ page }) => {
  await open(page);
  await expect(page.getByTestId('start-first-run')).toBeVisible(PATIENCE);
  await lookEverywhere(page, 'access-model');
  await page.getByTestId('model-folder').setInputFiles(fixture('flows'));
  await expect(notice(page, 'model')).toBeVisible();
  await lookEverywhere(page, 'access-model-error', '[data-testid=notices-model]');
  await notice(page, 'model').getByRole('button', { name: 'Dismiss' }).click();
  await page.getByRole('button', { name: 'Test all kernels' }).click();
  await expect(page.getByTestId('self-test').getByRole('row')).not.toHaveCount(0, PATIENCE);
  await page.getByTestId('self-test').getByRole('button', { name: 'Cancel' }).click();
  await lookEverywhere(page, 'access-self-test', '[data-testid=self-test]');

  await go(page, 'data');
  await expect(page.getByTestId('trained-words')).toBeVisible(PATIENCE);
  await lookEverywhere(page, 'access-data');
  await page.getByTestId('row-view').getByText('Tokens', { exact: true }).click();
  await lookEverywhere(page, 'access-data-tokens', '[data-testid=row-panel]');
  await walkRows(page);
  await openFile(page, fixture('flows/faults.jsonl'));
  await expect(page.getByTestId('dataset-summary')).toContainText('faults');
  await lookEverywhere(page, 'access-data-problems');
  await openFile(page, fixture('flows/foreign-columns.csv'));
  await expect(page.getByTestId('column-mapping')).toBeVisible();
  await lookEverywhere(page, 'access-data-mapping');
  await page.getByTestId('open-dataset').click();
  await lookEverywhere(page, 'access-data-another');
  await page.getByTestId('dataset-bundled').click();
  await expect(page.getByTestId('trained-words')).toHaveText(/^600 of 600/, PATIENCE);

  await go(page, 'train');
  await expect(page.getByTestId('start-run')).toBeEnabled(PATIENCE);
  await page.getByTestId('advanced').click();
  await lookEverywhere(page, 'access-train');
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', colorScheme);
    await coloursAsMeant(page); // a switch fades into the other scheme
    expect(await faintControls(page), colorScheme).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: null });
  await choose(page, { learning_rate: '-1' });
  await expect(page.getByTestId('readiness').getByText('Stops the run').first()).toBeVisible(PATIENCE);
  await lookEverywhere(page, 'access-train-blocked', '[data-testid=readiness]');
  await go(page, 'compare');
  await lookEverywhere(page, 'access-compare-empty');
  await go(page, 'runs');
  await lookEverywhere(page, 'access-runs-empty');
});

/** The list has the focus, the row that is looked at is its active descendant, and keys lead to the first, the last and a page further. */
async function walkRows(page: Page): Promise<void> {
  const list = page.getByTestId('row-list');
  await list.focus();
  // read in one go, without waiting: `poll` asks again, and says what stood there instead
  const chosen = () =>
    list.evaluate((box) => {
      const id = box.getAttribute('aria-activedescendant');
      const row = id === null ? null : document.getElementById(id);
      if (row?.ariaSelected !== 'true') return `${id} is ${row ? `row ${row.ariaPosInSet}, not selected` : 'no row of the page'}`;
      const [outer, inner] = [box.getBoundingClientRect(), row.getBoundingClientRect()];
      const seen = inner.top > outer.top - 1 && inner.bottom < outer.bottom + 1;
      return [Number(row.ariaPosInSet), Number(row.ariaSetSize), seen ? 'seen' : 'elsewhere'];
    });
  const press = async (key: string, row: number) => {
    await page.keyboard.press(key);
    await expect(page.getByTestId('row-panel').getByRole('heading', { name: `Row ${row}`, exact: true })).toBeVisible();
    await expect.poll(chosen).toEqual([row, 600, 'seen']);
    await expect(list).toBeFocused();
  };
  await press('Home', 1);
  await press('ArrowDown', 2);
  await press('End', 600);
  await press('ArrowUp', 599);
  await press('ArrowDown', 600);
  await press('ArrowDown', 600);
  await page.keyboard.press('PageUp');
  const height = await list.evaluate((box) => box.clientHeight);
  const paged = 600 - (Math.floor(height / 38) - 1);
  await expect.poll(chosen).toEqual([paged, 600, 'seen']);
  await press('PageDown', 600);
  await press('Home', 1);
  // scrolled elsewhere, the list still says which row is chosen
  await list.hover();
  await page.mouse.wheel(0, 400 * 38);
  await expect(list.locator('[aria-posinset="400"]')).toBeAttached();
  await expect.poll(chosen).toEqual([1, 600, 'elsewhere']);
  await press('ArrowDown', 2);
  await press('Home', 1);
}

/** Inputs, boxes and switches whose outline has less than 3:1 against what is around it. */
function faintControls(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true })!;
    const luminance = (colour: string) => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((v) =>
        v / 255 <= 0.04045 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4,
      );
      return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
    };
    const ground = (from: Element | null): string => {
      for (let at = from; at; at = at.parentElement) {
        const { backgroundColor } = getComputedStyle(at);
        if (!/, 0\)$|^transparent$/.test(backgroundColor)) return backgroundColor;
      }
      return 'white';
    };
    const controls = [...document.querySelectorAll('.mantine-Input-input, .mantine-Checkbox-input, .mantine-Switch-track')].filter(
      (one) => (one as HTMLElement).offsetParent !== null && !one.matches(':disabled'),
    );
    if (controls.length < 10) return ['too few controls are looked at'];
    return controls.flatMap((one) => {
      const around = luminance(ground(one.parentElement));
      const { borderTopColor, borderTopWidth, backgroundColor } = getComputedStyle(one);
      const contrasts = [borderTopWidth === '0px' ? backgroundColor : borderTopColor, backgroundColor].map((colour) => {
        const own = luminance(colour);
        return (Math.max(own, around) + 0.05) / (Math.min(own, around) + 0.05);
      });
      const contrast = Math.max(...contrasts);
      return contrast >= 3 ? [] : [`${one.className} ${contrast.toFixed(2)}`];
    });
  });
}

test('a run by keyboard and by ear; every place during it and after it', async ({ page }) => {
  await open(page, 'train');
  await choose(page, { max_steps: 400, per_device_train_batch_size: 2, adherence_steps: 2 });
  await expect(page.getByTestId('start-run')).toBeEnabled(PATIENCE);
  await page.evaluate(listen);
  await page.getByTestId('start-run').focus();
  await page.keyboard.press('Enter');
  const strip = page.getByTestId('run-strip');
  const stop = strip.getByRole('button', { name: 'Stop and keep' });
  await expect(stop).toBeFocused();
  await stepsDone(page, 3);
  await expect(stop).toBeFocused();
  const progress = strip.getByRole('progressbar');
  await expect(progress).toHaveAttribute('aria-valuemax', '400');
  await expect.poll(async () => Number(await progress.getAttribute('aria-valuenow'))).toBeGreaterThanOrEqual(3);
  await expect(progress).toHaveAttribute('aria-valuetext', /^step \d+ of 400$/);

  const pause = strip.getByRole('button', { name: 'Pause' });
  await page.keyboard.press('Shift+Tab');
  await expect(pause).toBeFocused();
  await page.keyboard.press('Enter');
  await reaches(page, 'paused');
  await expect(strip.getByRole('button', { name: 'Resume' })).toBeFocused();
  await expect(page.getByTestId('samples').getByText('in the language').first()).toBeVisible(PATIENCE);
  await lookEverywhere(page, 'access-train-paused');
  await stepStaysVisible(page);
  await page.keyboard.press('Enter');
  await expect(pause).toBeFocused();
  await expect(page.getByTestId('announcer')).toHaveText(/^(Training|Sampling answers|Paused), step \d+ of 400, loss \d/, {
    timeout: 40_000,
  });
  const heard = () => page.evaluate(() => (window as unknown as { spoken: { at: number; text: string }[] }).spoken);
  await expect.poll(async () => (await heard()).length, { timeout: 40_000 }).toBeGreaterThan(1); // on a busy machine the first may be late
  const spoken = await heard();
  for (let i = 1; i < spoken.length; i++) expect(spoken[i]!.at - spoken[i - 1]!.at, spoken[i]!.text).toBeGreaterThan(9_800);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await reaches(page, 'stopped');
  await expect(page.getByTestId('start-run')).toBeFocused();
  await lookEverywhere(page, 'access-train-stopped');

  await go(page, 'compare');
  await page.getByTestId('sampling').click();
  await lookEverywhere(page, 'access-compare-sampling');
  await page.getByTestId('sampling-max_new_tokens').fill('400');
  await page.getByTestId('sampling-temperature').fill('2');
  await page.keyboard.press('Escape');
  await page.getByTestId('question').fill('Wie viel ist 27 plus 38?');
  await page.getByTestId('ask').click();
  await expect(page.getByTestId('cell-base-German').getByTestId('thought')).not.toBeEmpty();
  await checkAccessibility(page);
  await capture(page, 'access-compare-streaming');
  await page
    .getByTestId('stop-asking')
    .click({ timeout: 2000 })
    .catch(() => undefined); // all may have ended meanwhile
  await answered(page);
  await lookEverywhere(page, 'access-compare');
  await page.getByTestId('cell-base-German').getByTestId('enlarge').click();
  await expect(page.getByRole('dialog').getByTestId('pane-base/German')).toBeVisible();
  await lookEverywhere(page, 'access-compare-reader');
  await page.keyboard.press('Escape');
  for (const mode of ['Base', 'Adapter']) {
    await page.getByTestId('mode').getByText(mode, { exact: true }).click();
    await lookEverywhere(page, `access-compare-${mode.toLowerCase()}`, '[data-testid=answers]');
  }
  await forcedColours(page);
  for (const place of ['runs', 'model', 'evaluate'] as const) {
    await go(page, place);
    await lookEverywhere(page, `access-${place}-after`);
  }
});

/** Notes what the polite region says, and when. */
function listen(): void {
  const spoken: { at: number; text: string }[] = [];
  Object.assign(window, { spoken });
  const region = document.querySelector('[data-testid=announcer]')!;
  if (region.getAttribute('role') !== 'status') throw new Error('The region is not polite.');
  new MutationObserver(() => spoken.push({ at: performance.now(), text: region.textContent ?? '' })).observe(region, {
    childList: true,
    characterData: true,
    subtree: true,
  });
}

/** Without motion nothing turns or slides, and what is under way is still said in words. */
async function stepStaysVisible(page: Page): Promise<void> {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const moving = () =>
    page.evaluate(() =>
      document
        .getAnimations()
        .filter((one) => one.playState === 'running' && Number(one.effect?.getComputedTiming().endTime ?? 0) > 50)
        .map((one) => (one.effect as KeyframeEffect).target?.className),
    );
  await expect.poll(moving).toEqual([]);
  await expect(page.getByTestId('step-train')).toHaveAccessibleName('Train, busy');
  await page.emulateMedia({ reducedMotion: null });
}

/** In forced colours the current place, the chosen answer mode and the share of a language can still be told. */
async function forcedColours(page: Page): Promise<void> {
  await page.emulateMedia({ forcedColors: 'active' });
  await coloursAsMeant(page);
  const edge = (id: string) => page.getByTestId(id).evaluate((one) => getComputedStyle(one).borderBottomColor);
  expect(await edge('step-compare')).not.toBe(await edge('step-data'));
  const indicator = page.getByTestId('mode').locator('.mantine-SegmentedControl-indicator');
  expect(await indicator.evaluate((one) => getComputedStyle(one).borderTopWidth)).toBe('2px');
  const bar = page.getByTestId('cell-base-English').getByRole('img').locator('span');
  const [drawn, ground] = await bar.evaluate((one) => [
    getComputedStyle(one).backgroundColor,
    getComputedStyle(document.body).backgroundColor,
  ]);
  expect(drawn).not.toBe(ground);
  await page.screenshot({ path: 'test-results/screens/access-compare-forced.png' });
  await checkAccessibility(page);
  for (const place of ['data', 'train'] as const) {
    await go(page, place);
    await page.screenshot({ path: `test-results/screens/access-${place}-forced.png` });
    await checkAccessibility(page);
  }
  await page.emulateMedia({ forcedColors: null });
}

test.describe('what went wrong', () => {
  test.use({ expectedMessages: [/WebGPU|GPU|device|context|ERR_FAILED|Failed to load resource|the page crashed/i] });

  test('no model, no data, a Hub that is slow, a run that failed, a GPU that was lost', async ({ page, browser }) => {
    await page.route(/\/(models|datasets)\/mini\//, (route) => route.abort());
    await page.goto('#/model');
    await expect(notice(page, 'model')).toBeVisible(PATIENCE);
    await lookEverywhere(page, 'access-no-model');
    await go(page, 'data');
    await lookEverywhere(page, 'access-no-data');
    await go(page, 'train');
    await lookEverywhere(page, 'access-train-nothing');
    await page.unrouteAll();

    const hub = await startHub({
      repositories: [createRepository('someone/mini', folderFiles(resolve(import.meta.dirname, '../../public/models/mini')))],
    });
    await go(page, 'model');
    await page.getByTestId('open-hub').click();
    await page.getByTestId('planner-offered').getByTestId('gpu-size').selectOption({ label: '16 GiB' });
    await page.getByTestId('plan-recipe').getByText('Cookbook recipe').click();
    await expect(page.getByTestId('apply-change-offered')).toBeVisible(PATIENCE);
    await lookEverywhere(page, 'access-hub');
    await page.getByTestId('hub-repository').fill(`${hub.endpoint}/someone/mini`);
    await page.getByTestId('hub-more').click();
    await page.getByTestId('hub-look').click();
    await expect(page.getByTestId('hub-open')).toBeVisible(PATIENCE);
    await page.getByTestId('hub-offer').getByText('Show files').click();
    await lookEverywhere(page, 'access-hub-offer', '[data-testid=hub-panel]');
    hub.faults.push({ host: 'cdn', bytesPerSecond: 100_000, times: 1e6 });
    await page.getByTestId('hub-open').click();
    await expect(page.getByTestId('hub-panel').getByTestId('task-model')).toBeVisible(PATIENCE);
    await page.getByTestId('hub-panel').getByTestId('pause-download').click();
    await expect(page.getByTestId('hub-panel').getByTestId('task-model')).toContainText('paused');
    await lookEverywhere(page, 'access-hub-downloading', '[data-testid=hub-panel]');
    await page.getByTestId('hub-panel').getByRole('button', { name: 'Cancel' }).click();
    await expect(page.getByTestId('hub-panel').getByTestId('task-model')).toBeHidden(PATIENCE);
    await expect(page.getByTestId('cached-model')).toBeVisible();
    await lookEverywhere(page, 'access-hub-cancelled');

    await page.evaluate(() => localStorage.clear()); // the download that was cancelled is not the model of the next visit
    await page.reload();
    await open(page, 'train');
    await start(page, { max_steps: 4, per_device_train_batch_size: 2, adherence_steps: 0 });
    await reaches(page, 'done');
    await page.evaluate(failKeptRun);
    await page.route(/\/models\/mini\//, (route) => route.abort()); // with a model, the engine's own record of the run would take its place
    await page.reload();
    await expect(page.getByTestId('run-failed')).toBeVisible(PATIENCE);
    await lookEverywhere(page, 'access-train-failed');
    await crashGpu(browser);
    await expect(page.getByTestId('device-lost')).toBeVisible(PATIENCE);
    await lookEverywhere(page, 'access-gpu-lost');
    await hub.close(); // last: a look under way when the download was cancelled must not find the door shut
  });
});

/** The last run as if it had failed: no setting that the page allows makes this model fail for certain. */
function failKeptRun(): Promise<void> {
  return new Promise((done, failed) => {
    const opening = indexedDB.open('mother-tongue');
    opening.onerror = () => failed(opening.error);
    opening.onsuccess = () => {
      const change = opening.result.transaction('kept', 'readwrite');
      const store = change.objectStore('kept');
      const run = store.get('run');
      run.onsuccess = () => {
        store.put({ ...run.result, phase: 'failed', message: 'The loss of step 1 is not a number, so training stopped.' }, 'run');
      };
      change.oncomplete = () => {
        opening.result.close();
        done();
      };
    };
  });
}
