/** A browser started without a language reports a locale that Intl refuses; every place must open all the same. */
import { go, open, type Place } from './page.ts';
import { expect, test } from './support.ts';

test.use({ locale: 'en-US@posix' });

test('every place opens in a browser without a valid locale', async ({ page }) => {
  await open(page);
  expect(await page.evaluate(() => [...navigator.languages]), 'what the browser reports').toEqual(['en-US@posix']);
  for (const place of ['data', 'train', 'compare', 'evaluate', 'runs', 'model'] as Place[]) await go(page, place);
});
