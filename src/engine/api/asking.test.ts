/** What waits for its turn while another model is opened: said to be too late, and nothing of the new model is touched. */
import { expect, it } from 'vitest';
import { nodeDirectory } from '../../headless/node-files.ts';
import { memoryStore } from '../files/byte-store.ts';
import { answerLocked } from './asking.ts';
import { EngineState } from './engine-state.ts';
import { writeMergedInto } from './merged.ts';

function withModel(hash: string): { engine: EngineState; open(hash: string): void } {
  const engine = new EngineState({ files: memoryStore(new Map()) });
  const open = (of: string): void => {
    const session = { name: `Model ${of}`, store: { bytes: () => 0 } };
    Object.assign(engine, { model: { hash: of, session, generator: { free() {} } } });
  };
  open(hash);
  return { engine, open };
}

/** Red before: the question went to the closed model, whose weights the GPU no longer held. */
it('a question asked while another model is being opened says that it comes too late', async () => {
  const { engine, open } = withModel('A');
  const opened = await engine.lock();
  const sampling = { max_new_tokens: 4, temperature: 0, top_k: 0, top_p: 1, min_p: 0, seed: 1 };
  const answered = answerLocked(engine, [{ by: 'base', ids: Uint32Array.of(1), salt: 0 }], { sampling, onUpdate: () => {} });
  open('B');
  opened();
  await expect(answered).rejects.toThrow(
    'Model A was to answer, and Model B was opened meanwhile; open Model A and try again, or start anew with Model B.',
  );
});

/** Red before: the adapter was read from the GPU of the model that had been opened meanwhile. */
it('an adapter that was to be merged is not read from another model', async () => {
  const { engine, open } = withModel('A');
  Object.assign(engine, { directory: nodeDirectory('e2e/fixtures/models/f32-truncated-yarn'), adapter: { layout: {}, summary: {} } });
  const opened = await engine.lock();
  const merged = writeMergedInto(engine, 'base', {} as FileSystemDirectoryHandle, new AbortController().signal, () => {});
  open('B');
  engine.adapter = null;
  opened();
  await expect(merged).rejects.toThrow('Another adapter or model was opened before the adapter was read; choose again what to merge.');
});
