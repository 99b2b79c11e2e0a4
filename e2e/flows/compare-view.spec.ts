/**
 * Compare as it is read: base and adapter are seen together in a small window, streaming moves nothing, the focus stays on the button, a thought is
 * read large beside another with its sentences marked by language, and a phone shows one column at a time.
 */
import type { Page } from '@playwright/test';
import { answered, go, open, reaches, start } from './page.ts';
import { expect, test } from './support.ts';

const LANGUAGES = ['German', 'English', 'Spanish', 'French', 'Italian'];

/** Boxes of all cells and of what is in them, rounded; `moves` are the frames in which one of them was elsewhere or of another size. */
async function watchCells(page: Page): Promise<void> {
  await page.evaluate(() => {
    const boxes = () =>
      JSON.stringify(
        [...document.querySelectorAll('[data-testid=answers] article, [data-testid=answers] article > *, [data-testid=question]')].map(
          (one) => {
            const { x, y, width, height } = one.getBoundingClientRect();
            return [x, y, width, height].map(Math.round);
          },
        ),
      );
    const seen = { last: boxes(), moves: [] as string[], frames: 0 };
    Object.assign(window, { seen });
    const look = () => {
      const now = boxes();
      seen.frames++;
      if (now !== seen.last) seen.moves.push(`${seen.last} -> ${now}`);
      seen.last = now;
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
}

test('base and adapter are seen together at 1280 x 720; streaming moves nothing; read side by side; swiped on a phone', async ({
  page,
}) => {
  await open(page);
  await start(page, { max_steps: 2, per_device_train_batch_size: 2, adherence_steps: 0 });
  await reaches(page, 'done');
  await go(page, 'compare');
  await test.step('the button says what it will do, and stays the button that stops it', () => theButton(page));
  await test.step('both rows of all five columns are in the window, and stay where they are', () => theWindow(page));
  await test.step('sentences are marked by the language they are in', () => theMarks(page));
  await test.step('a thought is enlarged, beside the same language by the other model or any other answer', () => theReader(page));
  await test.step('a phone shows one column; swiping or its name brings another', () => thePhone(page));
});

async function theButton(page: Page): Promise<void> {
  const ask = page.getByTestId('ask');
  await page.getByTestId('examples').getByRole('button').first().click();
  await expect(ask).toHaveText('Ask in 5 languages, with and without adapter');
  await page.getByTestId('mode').getByText('Adapter', { exact: true }).click();
  await expect(ask).toHaveText('Ask in 5 languages, with adapter');
  await page.getByTestId('mode').getByText('Base and adapter', { exact: true }).click();
  await page.getByTestId('sampling').click();
  await page.getByTestId('sampling-max_new_tokens').fill('64');
  await page.keyboard.press('Escape');
  await ask.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('stop-asking')).toBeFocused();
  await expect(page.getByTestId('cell-base-German').getByTestId('thought')).not.toBeEmpty();
  await page.keyboard.press('Enter');
  await answered(page);
  await expect(ask).toBeFocused();
}

async function theWindow(page: Page): Promise<void> {
  await page.getByTestId('ask').click();
  await expect(page.getByTestId('cell-base-German')).toBeVisible();
  await watchCells(page);
  await answered(page);
  const { moves, frames } = await page.evaluate(() => (window as unknown as { seen: { moves: string[]; frames: number } }).seen);
  expect(frames).toBeGreaterThan(5);
  expect(moves).toEqual([]);
  expect(await page.evaluate(() => [scrollX, scrollY])).toEqual([0, 0]);
  for (const language of LANGUAGES)
    for (const source of ['base', 'adapter']) {
      const box = (await page.getByTestId(`cell-${source}-${language}`).boundingBox())!;
      expect(box.y, `${source}, ${language}`).toBeGreaterThanOrEqual(52);
      expect(box.y + box.height, `${source}, ${language}`).toBeLessThanOrEqual(720);
      expect(box.x + box.width, `${source}, ${language}`).toBeLessThanOrEqual(1280);
    }
  const thought = (await page
    .getByTestId('cell-base-German')
    .getByRole('region', { name: /^Reasoning/ })
    .boundingBox())!;
  expect(thought.height, 'a thought shows four lines at least').toBeGreaterThanOrEqual(4 * 20);
  await page.screenshot({ path: 'test-results/screens/compare-1280x720.png' });
}

async function theMarks(page: Page): Promise<void> {
  const marks = page.getByTestId('cell-base-German').getByTestId('thought').locator('mark');
  await expect(marks.first()).toHaveAttribute('lang', 'en');
  await expect(marks.first()).toHaveAttribute('title', 'English');
  await expect(marks.first()).toHaveAttribute('data-foreign', 'true');
  await expect(page.getByTestId('cell-base-English').locator('mark[data-foreign=true]')).toHaveCount(0);
}

async function theReader(page: Page): Promise<void> {
  const button = page.getByTestId('cell-adapter-German').getByTestId('enlarge');
  await button.click();
  const reader = page.getByRole('dialog', { name: 'Read side by side' });
  await expect(reader.getByTestId('pane-base/German')).toBeVisible();
  const pane = reader.getByTestId('pane-adapter/German');
  await expect(pane).toBeVisible();
  const small = await page.getByTestId('cell-adapter-German').getByTestId('thought').innerText();
  await expect(pane.locator('.reading').first()).toHaveText(small);
  await expect(reader.getByTestId('reader-languages').first()).toContainText(/English: \d+ sentences?/);
  const boxes = await reader.locator('section[data-testid^=pane]').evaluateAll((panes) => panes.map((one) => one.getBoundingClientRect()));
  const [left, right] = [boxes[0]!, boxes[1]!];
  expect([right.y, right.width]).toEqual([left.y, left.width]);
  expect(right.x).toBeGreaterThan(left.x + left.width);
  await page.screenshot({ path: 'test-results/screens/compare-reader.png' });
  await reader.getByTestId('reader-right').click();
  await page.getByRole('option', { name: 'Base, French' }).click();
  await expect(reader.getByTestId('pane-base/French')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(reader).toBeHidden();
  await expect(button).toBeFocused();
}

async function thePhone(page: Page): Promise<void> {
  await page.setViewportSize({ width: 390, height: 844 });
  await expect(page.getByTestId('pager').getByRole('button')).toHaveCount(5);
  const last = LANGUAGES.at(-1)!;
  await page.getByTestId('pager').getByRole('button').last().click();
  await expect(page.getByTestId('pager').getByRole('button').last()).toHaveAttribute('aria-current', 'true');
  const shown = await page.getByTestId('answers').locator('> div').last().boundingBox();
  expect(shown!.x).toBeGreaterThanOrEqual(0);
  expect(shown!.x + shown!.width, last).toBeLessThanOrEqual(390);
  await page.getByTestId('answers').evaluate((grid) => grid.scrollBy({ left: -grid.clientWidth }));
  await expect(page.getByTestId('pager').getByRole('button').nth(3)).toHaveAttribute('aria-current', 'true');
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await page.screenshot({ path: 'test-results/screens/compare-390.png', fullPage: true });
  await page.getByTestId('cell-base-French').getByTestId('enlarge').click();
  await page.screenshot({ path: 'test-results/screens/compare-reader-390.png' });
}
