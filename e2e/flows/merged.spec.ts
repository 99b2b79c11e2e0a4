/**
 * A merged model: told before it is written, written into a folder and as a zip, published, opened again from both, and answering as the adapter
 * did; the adapter published beside it.
 */
import { readFileSync } from 'node:fs';
import { unzipSync } from 'fflate';
import { type HubFixtures, hubFixtures, openFromHub, publishAs } from './hub-support.ts';
import { ask, go, open, PATIENCE, reaches, readAnswer, start } from './page.ts';
import { test as base, expect } from './support.ts';

const test = base.extend<Pick<HubFixtures, 'hub'>>({ hub: hubFixtures.hub });

const QUESTION = 'What is the capital of Norway?';

test('the adapter in the weights: planned, written, zipped, published, opened and equal in its answers', async ({ page, hub }) => {
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

  await go(page, 'runs');
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

  hub.uploads.users.hf_ada = { name: 'ada' };
  const publish = page.getByTestId('publish');
  const send = (repository: string) => publishAs(page, hub.endpoint, repository);
  await test.step('the adapter goes to the Hub as one commit', async () => {
    await publish.getByTestId('publish-open').click();
    await expect(publish.getByTestId('publish-files')).toContainText('adapter_model.safetensors', PATIENCE);
    await send('ada/thinks-in-german');
    await expect(publish.getByTestId('published')).toContainText(`${hub.endpoint}/ada/thinks-in-german`, PATIENCE);
    const repository = hub.repositories.get('ada/thinks-in-german')!;
    expect([...repository.filesAt(repository.resolve('main')!)!.keys()]).toEqual(
      expect.arrayContaining(['README.md', 'adapter_config.json', 'adapter_model.safetensors']),
    );
    await expect(publish.getByTestId('publish-token')).toHaveValue('');
    expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain('hf_ada');
  });
  await test.step('a name that is taken is said; the merged model goes beside it', async () => {
    await publish.getByText('Merged model', { exact: true }).click();
    await expect(publish.getByTestId('publish-files')).toContainText('model.safetensors', PATIENCE);
    await send('ada/thinks-in-german');
    await expect(page.getByText(/exists already/)).toBeVisible(PATIENCE);
    await page.screenshot({ path: 'test-results/screens/export-publish.png', fullPage: true });
    await send('ada/merged');
    await expect(publish.getByTestId('published')).toContainText('ada/merged', PATIENCE);
  });

  const answers = async () => {
    await go(page, 'compare');
    await ask(page, QUESTION);
    return (await readAnswer(page, 'base', 'German')).thought;
  };
  await test.step('opened as a folder, it answers as the adapter did', async () => {
    await page.evaluate((chosen) => Object.assign(globalThis, { chosen }), folder);
    await go(page, 'model');
    await page.getByRole('button', { name: 'Open folder' }).click();
    await expect(page.getByTestId('model-summary').getByRole('heading', { level: 2 }).first()).toHaveText(folder, PATIENCE);
    expect(await answers()).toBe(before.thought);
  });

  await test.step('opened from the Hub, it answers alike', async () => {
    await go(page, 'model');
    await openFromHub(page, hub.endpoint, 'ada/merged');
    await expect(page.getByTestId('model-summary').getByRole('heading', { level: 2 }).first()).toHaveText('ada/merged', PATIENCE);
    expect(await answers()).toBe(before.thought);
  });
});
