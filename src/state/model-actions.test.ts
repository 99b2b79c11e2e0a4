/** The model of the last visit comes back where it can, gives way to the bundled one where it cannot, and never traps the page in a crash. */
import { beforeEach, expect, it, vi } from 'vitest';
import type { CachedModel, ModelSource, ModelSummary } from '../protocol/model.ts';
import { chosenModelStore, freshChosenModel } from './chosen-model.ts';
import { apply, facts, noFacts } from './facts.ts';
import { keepTemplates, loadModel, reopenModel } from './model-actions.ts';
import { pending } from './pending.ts';
import { adoptModel, changedByHand, freshSettings, setSetting, settingsStore, takePreset, takeSettings } from './settings.ts';

const loaded: ModelSource[] = [];
let cached: CachedModel[] = [];
let fails: string | null = null;
/** Folders are opened only after this. */
let waits: Promise<void> = Promise.resolve();

vi.mock('../client/engine.ts', () => ({
  engine: () => ({
    loadModel: async (source: ModelSource) => {
      loaded.push(source);
      if (source.kind === 'folder') await waits;
      if (fails === source.kind) throw Object.assign(new Error('It broke.'), { name: 'ModelError' });
      return { source: source.kind } as ModelSummary;
    },
    listCachedModels: async () => void setTimeout(() => apply({ type: 'cached-models', models: cached }), 5),
  }),
}));

const kept: CachedModel = {
  id: 'x',
  repository: 'openai/gpt-oss-20b',
  revision: 'main',
  commit: 'c',
  endpoint: 'https://huggingface.co',
  bytes: 10,
  stored: 10,
  complete: true,
  used: '',
};
const hub = { kind: 'hub' as const, repository: kept.repository, revision: kept.revision, endpoint: kept.endpoint };

beforeEach(() => {
  loaded.length = 0;
  [cached, fails] = [[kept], null];
  facts.setState(noFacts, true);
  pending.setState({ actions: {}, notices: [] }, true);
  chosenModelStore.setState(freshChosenModel, true);
});

it('a model from the Hub is remembered without its token, and opened again from the cache', async () => {
  await loadModel({ ...hub, token: 'hf_secret' });
  expect(JSON.stringify(chosenModelStore.getState())).not.toContain('secret');
  await reopenModel();
  expect(loaded.at(-1)).toEqual(hub);
});

it('one that is not whole in the cache gives way to the bundled one', async () => {
  await loadModel(hub);
  cached = [{ ...kept, complete: false }];
  await reopenModel();
  expect(loaded.at(-1)).toEqual({ kind: 'bundled' });
});

it('one that the page went down with is not opened by itself', async () => {
  await loadModel(hub);
  chosenModelStore.setState({ opening: 'hub' });
  await reopenModel();
  expect(loaded.at(-1)).toEqual({ kind: 'bundled' });
  expect(chosenModelStore.getState()).toMatchObject({ kind: 'hub', opening: '' });
});

it('one that fails to open gives way too, and the reason stays', async () => {
  await loadModel(hub);
  fails = 'hub';
  await reopenModel();
  expect(loaded.at(-1)).toEqual({ kind: 'bundled' });
  expect(pending.getState().notices).toMatchObject([{ action: 'load-hub', message: 'It broke.' }]);
});

it('a failed load leaves the choice of before', async () => {
  fails = 'folder';
  expect(await loadModel({ kind: 'folder', name: 'mine', files: [] })).toBe(false);
  expect(chosenModelStore.getState()).toEqual(freshChosenModel);
});

// The first attempt's end cleared the mark by which a crash of the second one would have been seen.
it('a model that was overtaken by another leaves what is remembered of that one', async () => {
  let endFirst: () => void = () => {};
  waits = new Promise<void>((resolve) => {
    endFirst = resolve;
  });
  const first = loadModel({ kind: 'folder', name: 'old', files: [] });
  const second = loadModel(hub);
  endFirst();
  expect(await first).toBe(false);
  expect(await second).toBe(true);
  expect(chosenModelStore.getState()).toMatchObject({ kind: 'hub', name: kept.repository, opening: '' });
});

// A reload right after the model's name appeared brought back the folder of before: its adapter was still being restored.
it('a model is remembered once it is there, before all of its load has ended', async () => {
  chosenModelStore.setState({ ...freshChosenModel, kind: 'hub', name: 'some/other' });
  let end = (): void => {};
  waits = new Promise((resolve) => {
    end = resolve;
  });
  const loading = loadModel({ kind: 'folder', name: 'mine', files: [] });
  facts.setState({ model: { source: 'bundled' } as ModelSummary });
  expect(chosenModelStore.getState(), 'another model is none of this load').toMatchObject({ name: 'some/other', opening: 'folder' });
  facts.setState({ model: { source: 'folder' } as ModelSummary });
  expect(chosenModelStore.getState()).toMatchObject({ kind: 'folder', name: 'mine', opening: '' });
  end();
  await loading;
});

/** Red before: the model's own settings, which come after it was loaded, brought back a template that it has not. */
it('the template is one that the model has, whatever brings other settings; a model with the chosen one gets it back', () => {
  settingsStore.setState(freshSettings, true);
  keepTemplates();
  const template = (): string => settingsStore.getState().settings.encoding.template;
  const model = (templates: ModelSummary['templates']) => ({ recommended: {}, templates, context: 0 }) as unknown as ModelSummary;
  const plain = model(['hf', 'prefix-preserving']);
  const chosen = settingsStore.getState().settings;
  expect(template()).toBe('trl');
  apply({ type: 'model', model: plain });
  adoptModel(plain);
  expect(template()).toBe('hf');
  expect(changedByHand(settingsStore.getState(), plain), 'nobody changed it').toEqual([]);
  takePreset('recommended', plain);
  expect(template()).toBe('hf');
  takeSettings(chosen);
  expect(template()).toBe('hf');
  apply({ type: 'model', model: model(['hf', 'trl', 'prefix-preserving']) });
  expect(template()).toBe('trl');
  setSetting('encoding.template', 'prefix-preserving');
  apply({ type: 'model', model: plain });
  expect(template()).toBe('prefix-preserving');
});
