/** What is kept comes back; what is broken, old or of another kind never stops the page. */
import { describe, expect, it } from 'vitest';
import { createStore } from 'zustand/vanilla';
import { recall, remember, type TextStorage } from './persist.ts';
import { freshSettings, type KeptSettings, recalledSettings } from './settings.ts';

function memory(): TextStorage & { kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return { kept, getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
}

describe('persistence', () => {
  it('keeps the picked part only and gives it back', () => {
    const storage = memory();
    const store = createStore(() => ({ question: '', secret: 1 }));
    remember(store, 'compare', ({ question }) => ({ question }), storage);
    store.setState({ question: 'Wie viel?', secret: 2 });
    expect(storage.kept.get('mother-tongue.compare')).toBe('{"question":"Wie viel?"}');
    expect(recall('compare', { question: '', secret: 1 }, storage)).toEqual({ question: 'Wie viel?', secret: 1 });
  });

  it('writes nothing when the picked part did not change', () => {
    const storage = memory();
    const store = createStore(() => ({ a: 1, b: 1 }));
    remember(store, 'x', ({ a }) => ({ a }), storage);
    store.setState({ a: 2 });
    storage.kept.clear();
    store.setState({ b: 9 });
    expect(storage.kept.size).toBe(0);
  });

  it('drops unknown keys and values of another kind, deep inside too', () => {
    const storage = memory();
    const kept = {
      preset: 7,
      touched: true,
      gone: 1,
      settings: { seed: 'x', encoding: { max_length: 99, languages: ['German'], extra: 1 }, lora: { rank_pattern: { q_proj: 4 } } },
    };
    storage.setItem('mother-tongue.settings', JSON.stringify(kept));
    const state = recalledSettings(recall<KeptSettings>('settings', { ...freshSettings, settings: {} }, storage));
    expect(state.preset).toBe(freshSettings.preset);
    expect(state.touched).toBe(true);
    expect(state.settings.seed).toBe(freshSettings.settings.seed);
    expect(state.settings.encoding).toEqual({ ...freshSettings.settings.encoding, max_length: 99, languages: ['German'] });
    expect(state.settings.lora.rank_pattern).toEqual({ q_proj: 4 });
    expect(state).not.toHaveProperty('gone');
  });

  it('settings of an earlier version load: what they lack takes the default, and a number out of its range stays to be mended', () => {
    const { loss_type: _loss, checkpoint_dtype: _dtype, ...earlier } = freshSettings.settings;
    const optimizer = { ...earlier.optimizer, learning_rate: 1e9, lr_scheduler_type: 'polynomial' };
    const kept = { ...freshSettings, touched: true, settings: { ...earlier, optimizer, lora: { r: 16 } } };
    const { settings } = recalledSettings(JSON.parse(JSON.stringify(kept)));
    expect(settings).toEqual({
      ...freshSettings.settings,
      optimizer: { ...freshSettings.settings.optimizer, learning_rate: 1e9 },
      lora: { ...freshSettings.settings.lora, r: 16 },
    });
  });

  // A null was of the kind of any record: the page then read a field of null.
  it('keeps a record where null was stored in its place', () => {
    const storage = memory();
    storage.kept.set('mother-tongue.x', '{"nested": null, "none": null}');
    expect(recall('x', { nested: { a: 1 }, none: null }, storage)).toEqual({ nested: { a: 1 }, none: null });
  });

  it('survives text that is not JSON, JSON that is no record, and no storage at all', () => {
    const storage = memory();
    storage.setItem('mother-tongue.a', '{oops');
    storage.setItem('mother-tongue.b', '[1]');
    expect(recall('a', { v: 1 }, storage)).toEqual({ v: 1 });
    expect(recall('b', { v: 1 }, storage)).toEqual({ v: 1 });
    expect(recall('c', { v: 1 }, null)).toEqual({ v: 1 });
  });
});
