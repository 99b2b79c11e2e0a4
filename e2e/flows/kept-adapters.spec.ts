/** The adapters that the browser keeps, on one page: listed after each run, used again, renamed, taken along, deleted and had back, damaged. */
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { strFromU8, unzipSync } from 'fflate';
import { fromMenu, go, open, PATIENCE, reaches, settled, start } from './page.ts';
import { capture, checkAccessibility, expect, test } from './support.ts';

const SMALL = { max_steps: 2, per_device_train_batch_size: 2, adherence_steps: 0 };

async function train(page: Page): Promise<void> {
  await start(page, SMALL);
  await reaches(page, 'done');
}

test('what was trained before stays listed and stands again', async ({ page }) => {
  await open(page);
  await train(page);
  await go(page, 'runs');
  const rows = page.getByTestId('library-row');
  await expect(rows).toHaveCount(1);
  await expect(rows.first()).toContainText('2 steps on mini.jsonl');
  await expect(rows.first()).toContainText('On the model');
  await expect(rows.first().getByTestId('row-result')).toContainText('loss');
  const first = await rows.first().getAttribute('data-id');

  await train(page);
  await go(page, 'runs');
  await expect(rows).toHaveCount(2);
  await expect(rows.nth(1)).toHaveAttribute('data-id', first!);
  await expect(rows.nth(1)).toHaveAttribute('data-standing', 'false');

  await test.step('renamed, used again, taken along', async () => {
    await fromMenu(rows.nth(1), 'rename-adapter');
    await page.getByTestId('new-name').fill('Tuesday’s');
    await page.keyboard.press('Enter');
    await expect(rows.nth(1)).toContainText('Tuesday’s');
    await rows.nth(1).getByTestId('stand-adapter').click();
    await expect(page.getByTestId('adapter')).toContainText('Tuesday’s', PATIENCE);
    await expect(rows.nth(1)).toHaveAttribute('data-standing', 'true');
    const download = page.waitForEvent('download');
    await fromMenu(rows.nth(0), 'download-kept');
    const files = unzipSync(new Uint8Array(readFileSync(await (await download).path())));
    expect(strFromU8(files['README.md']!)).toContain('library_name: peft');
  });

  await test.step('deleted with undo, which brings it back onto the model', async () => {
    await fromMenu(rows.nth(1), 'delete-adapter');
    await expect(rows).toHaveCount(1);
    await expect(page.getByTestId('no-adapter')).toBeVisible();
    await capture(page, 'kept-deleted');
    await page.getByTestId('undo-delete').click();
    await expect(rows).toHaveCount(2);
    await expect(page.getByTestId('adapter')).toContainText('Tuesday’s', PATIENCE);
  });

  await checkAccessibility(page);
  await capture(page, 'kept-adapters', { fullPage: true });
  await page.setViewportSize({ width: 390, height: 844 });
  await capture(page, 'kept-adapters-390', { fullPage: true });
  await page.setViewportSize({ width: 1280, height: 720 });

  await test.step('damaged on the disk, the model opens and the adapter is named', async () => {
    const damaged = await page.evaluate(async () => {
      const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('mother-tongue');
      const names: string[] = [];
      for await (const name of root.keys()) names.push(name);
      const zip = names.filter((name) => /^adapter-\d+\.\d+\.zip$/.test(name)).sort()[0]!;
      const writable = await (await root.getFileHandle(zip)).createWritable({ keepExistingData: true });
      await writable.write({ type: 'write', position: 500, data: new Uint8Array(64) });
      await writable.close();
      return zip;
    });
    expect(damaged).toBeTruthy();
    await page.reload();
    await settled(page);
    await expect(page.getByTestId('kept-problem')).toContainText('The kept adapter Tuesday’s is damaged');
    await expect(page.getByTestId('notices-model')).toHaveCount(0);
    await capture(page, 'kept-damaged');
    await fromMenu(rows.nth(1), 'delete-adapter');
    await expect(rows).toHaveCount(1);
    await rows.nth(0).getByTestId('stand-adapter').click();
    await expect(page.getByTestId('adapter')).toBeVisible(PATIENCE);
  });
});
