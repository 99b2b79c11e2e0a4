/** A merged model: told before it is written, written into a folder and as a zip, opened again, and answering as the adapter did. */
import { readFileSync } from 'node:fs';
import { unzipSync } from 'fflate';
import { ask, go, open, PATIENCE, reaches, readAnswer, start } from './page.ts';
import { expect, test } from './support.ts';

const QUESTION = 'What is the capital of Norway?';

test('the adapter in the weights: planned, written, zipped, opened and equal in its answers', async ({ page }) => {
  test.setTimeout(900_000);
  await page.addInitScript(() => {
    // A picker cannot be clicked by a test; what it gives is a handle, and the private file system has those too.
    Object.assign(globalThis, {
      showDirectoryPicker: async ({ id }: { id: string }) => {
        const root = await navigator.storage.getDirectory();
        const shelf = await root.getDirectoryHandle('shelf', { create: true });
        return id === 'merged' ? shelf : shelf.getDirectoryHandle((globalThis as { chosen?: string }).chosen!);
      },
    });
  });
  await open(page);
  await start(page, { max_steps: 20, learning_rate: '8e-3', adherence_steps: 0 });
  await reaches(page, 'done');
  await page.getByTestId('to-compare').click();
  await ask(page, QUESTION);
  const before = await readAnswer(page, 'adapter', 'German');
  const base = await readAnswer(page, 'base', 'German');
  expect(before.thought).not.toBe(base.thought);

  await go(page, 'export');
  const panel = page.getByTestId('merged');
  await test.step('what it would be: files with sizes, and what rounding costs', async () => {
    await panel.getByTestId('merge-plan').click();
    await expect(panel.getByTestId('merged-files')).toContainText('model.safetensors', PATIENCE);
    await expect(panel.getByTestId('merged-files')).toContainText('tokenizer.json');
    await panel.getByText('f32', { exact: true }).click();
    await expect(panel.getByTestId('merged-loss')).toContainText('Rounding takes 0.0');
    await page.screenshot({ path: 'test-results/screens/export-merged.png', fullPage: true });
  });

  const folder = await test.step('a folder, and none over it', async () => {
    await panel.getByTestId('merge-folder').click();
    await expect(panel.getByTestId('merged-written')).toContainText('shelf/', PATIENCE);
    const written = /shelf\/([^.]*?)(?=\.| Open|$)/.exec(await panel.getByTestId('merged-written').innerText())![1]!.trim();
    await panel.getByTestId('merge-folder').click();
    await expect(page.getByText(/has a folder .* already/)).toBeVisible(PATIENCE);
    return written;
  });

  await test.step('a zip with the same files', async () => {
    const download = page.waitForEvent('download', PATIENCE);
    await panel.getByTestId('merge-zip').click();
    const names = Object.keys(unzipSync(new Uint8Array(readFileSync(await (await download).path()))));
    expect(names).toEqual(expect.arrayContaining([`${folder}/config.json`, `${folder}/model.safetensors`, `${folder}/tokenizer.json`]));
  });

  await test.step('opened as a folder, it answers as the adapter did', async () => {
    await page.evaluate((chosen) => Object.assign(globalThis, { chosen }), folder);
    await go(page, 'model');
    await page.getByRole('button', { name: 'Open folder' }).click();
    await expect(page.getByTestId('model-summary').getByRole('heading', { level: 2 })).toHaveText(folder, PATIENCE);
    await go(page, 'compare');
    await ask(page, QUESTION);
    const merged = await readAnswer(page, 'base', 'German');
    expect(merged.thought).toBe(before.thought);
  });
});
