/**
 * A place that throws while it is drawn: the frame, a run and the other places go on. The place is broken on purpose in the built script on its way
 * to the browser; the page under test is otherwise as it is served.
 */
import type { Page } from '@playwright/test';
import { go, open, PATIENCE, reaches, start, stepOf, stepsDone } from './page.ts';
import { capture, checkAccessibility, expect, test } from './support.ts';

/** The planted error, as React and the boundary report it. */
test.use({ expectedMessages: [/planted|An error occurred in|dynamically imported module|ERR_FAILED/] });

/** The screen of this name throws while `window.breaks` says so. */
async function breakable(page: Page, screen: string): Promise<void> {
  await page.route('**/assets/*-screen-*.js', async (route) => {
    const response = await route.fetch();
    const script = await response.text();
    const exported = new RegExp(`export\\s*\\{\\s*(\\w+) as ${screen}\\s*\\}`);
    if (!exported.test(script)) return route.fulfill({ response });
    const body = script.replace(
      exported,
      (_, name: string) =>
        `function Breakable(...given){if(window.breaks)throw new Error('planted');return ${name}(...given)}export{Breakable as ${screen}}`,
    );
    return route.fulfill({ response, body });
  });
}

const breaks = (page: Page, value: boolean) =>
  page.evaluate((on) => {
    (window as Window & { breaks?: boolean }).breaks = on;
  }, value);

test('a place that throws leaves the run, the strip and the other places alive', async ({ page }) => {
  await breakable(page, 'CompareScreen');
  await open(page);
  await start(page, { max_steps: 400, per_device_train_batch_size: 2, adherence_steps: 0 });
  await stepsDone(page, 1);

  await breaks(page, true);
  await page.getByTestId('step-compare').click();
  const broken = page.getByTestId('broken');
  await expect(broken).toContainText('Compare cannot be shown');
  await expect(broken).toContainText('The run goes on; your dataset, settings and adapter are kept.');
  await broken.getByText('Details', { exact: true }).click();
  await expect(broken.locator('pre')).toContainText('Error: planted');
  await checkAccessibility(page);
  await capture(page, 'broken-place');
  await page.setViewportSize({ width: 390, height: 844 });
  await capture(page, 'broken-place-narrow');
  await page.setViewportSize({ width: 1280, height: 720 });

  await test.step('the strip counts on, and the other places open', async () => {
    const before = Number(/\d+/.exec(await page.getByTestId('strip-step').innerText())![0]);
    await broken.getByRole('link', { name: 'Train' }).click();
    await expect.poll(() => stepOf(page), PATIENCE).toBeGreaterThan(before);
    await go(page, 'data');
    await expect(page.getByTestId('row-list')).toBeVisible();
  });

  await test.step('trying again in vain offers a reload; once it can be drawn, it is', async () => {
    await page.getByTestId('step-compare').click();
    await broken.getByRole('button', { name: 'Try again' }).click();
    await expect(broken.getByRole('button', { name: 'Reload the page' })).toBeVisible();
    await expect(broken).toContainText('reloading stops it after its last saved step');
    await breaks(page, false);
    await go(page, 'data');
    await go(page, 'compare');
    await expect(page.getByTestId('question')).toBeVisible();
  });

  await go(page, 'train');
  await page.getByRole('button', { name: 'Stop and keep' }).click();
  await reaches(page, 'stopped');
});

test('a place that cannot be fetched says so', async ({ page }) => {
  await page.route('**/assets/runs-screen-*.js', (route) => route.abort('failed'));
  await open(page);
  await page.getByTestId('step-runs').click();
  await expect(page.getByTestId('broken')).toContainText('Runs could not be fetched from the server');
  await expect(page.getByTestId('broken').getByRole('button', { name: 'Reload the page' })).toBeVisible();
  await go(page, 'model');
});
