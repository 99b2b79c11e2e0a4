/** Saving and loading, and a crash at every point of a save. */
import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../../protocol/training.ts';
import { type ByteStore, memoryStore, piecesOf } from './byte-store.ts';
import {
  checkResumable,
  deleteCheckpoint,
  listCheckpoints,
  loadCheckpoint,
  peekCheckpoint,
  type RunCheckpoint,
  saveCheckpoint,
} from './checkpoint.ts';
import type { Bytes } from './source.ts';

const key = 'base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight';

/** Every bit pattern counts: subnormals, -0, NaN with a payload. */
function checkpointAt(step: number, id = 'run-1'): RunCheckpoint {
  const odd = new Float32Array(Uint32Array.of(0x00000001, 0x80000000, 0x7fc12345, step).buffer);
  return {
    state: {
      run: { id, model: 'bundled', dataset: 'own.jsonl' } as RunRecord,
      step,
      data_order: 'cc',
      hashes: { model: 'aa', dataset: 'bb' },
    },
    adapter: new Map([[key, odd]]),
    m: new Map([[key, Float32Array.of(step, 0.1)]]),
    v: new Map([[key, Float32Array.of(step, 1e-30)]]),
  };
}

const bitsOf = (checkpoint: RunCheckpoint | null): unknown =>
  checkpoint && {
    state: checkpoint.state,
    tensors: [checkpoint.adapter, checkpoint.m, checkpoint.v].map((group) =>
      [...group].map(([name, values]) => [name, [...new Uint32Array(values.buffer, values.byteOffset, values.length)]]),
    ),
  };

describe('checkpoints', () => {
  it('come back bit for bit', async () => {
    const store = memoryStore();
    await saveCheckpoint(store, checkpointAt(5));
    expect(bitsOf(await loadCheckpoint(store, 'run-1'))).toEqual(bitsOf(checkpointAt(5)));
    expect(await loadCheckpoint(store, 'run-2')).toBeNull();
  });

  it('come back with the running average of the adapter, where one teaches', async () => {
    const store = memoryStore();
    const average = new Map([[key, Float32Array.of(-0, 1e-30)]]);
    await saveCheckpoint(store, { ...checkpointAt(5), average });
    expect((await loadCheckpoint(store, 'run-1'))!.average).toEqual(average);
    await saveCheckpoint(store, checkpointAt(6));
    expect(await loadCheckpoint(store, 'run-1')).not.toHaveProperty('average');
  });

  it('come back with the adapter of the best evaluation, where there is one', async () => {
    const store = memoryStore();
    await saveCheckpoint(store, { ...checkpointAt(5), best: new Map([[key, Float32Array.of(0.25, -0)]]) });
    expect((await loadCheckpoint(store, 'run-1'))!.best).toEqual(new Map([[key, Float32Array.of(0.25, -0)]]));
    await saveCheckpoint(store, checkpointAt(6));
    expect(await loadCheckpoint(store, 'run-1')).not.toHaveProperty('best');
  });

  it('open as version 0.1 saved them, with samples under the names of Harmony’s channels', async () => {
    const store = memoryStore();
    const checkpoint = checkpointAt(5);
    const sample = { step: 5, language: 'German', question: 'q', share: null };
    const samples = [{ ...sample, analysis: 'a', final: 'f' }] as unknown as RunRecord['samples'];
    const { state } = checkpoint;
    await saveCheckpoint(store, { ...checkpoint, state: { ...state, run: { ...state.run, samples } } });
    const renamed = [{ ...sample, thinking: 'a', content: 'f' }];
    expect((await loadCheckpoint(store, 'run-1'))?.state.run.samples).toEqual(renamed);
    expect((await peekCheckpoint(store, 'run-1'))?.run.samples).toEqual(renamed);
  });

  it('keep two generations of each run', async () => {
    const files = new Map<string, Bytes>();
    const store = memoryStore(files);
    for (let step = 1; step <= 4; step++) await saveCheckpoint(store, checkpointAt(step));
    await saveCheckpoint(store, checkpointAt(9, 'other'));
    expect([...files.keys()].sort()).toEqual([
      'other.1.safetensors',
      'other.1.safetensors.json',
      'run-1.3.safetensors',
      'run-1.3.safetensors.json',
      'run-1.4.safetensors',
      'run-1.4.safetensors.json',
    ]);
    expect(await listCheckpoints(store)).toEqual(['other', 'run-1']);
    await deleteCheckpoint(store, 'run-1');
    expect(await listCheckpoints(store)).toEqual(['other']);
  });

  it('pass over a generation whose bytes were changed', async () => {
    for (const damaged of ['run-1.2.safetensors', 'run-1.2.safetensors.json']) {
      const files = new Map<string, Bytes>();
      const store = memoryStore(files);
      await saveCheckpoint(store, checkpointAt(1));
      await saveCheckpoint(store, checkpointAt(2));
      files.get(damaged)![files.get(damaged)!.length - 5]! ^= 1;
      expect((await loadCheckpoint(store, 'run-1'))?.state.step).toBe(1);
    }
  });

  it('refuse an id that is no file name', async () => {
    await expect(saveCheckpoint(memoryStore(), checkpointAt(1, '../x'))).rejects.toThrow(RangeError);
  });

  it('say so when the store does not keep what it was given', async () => {
    const store = memoryStore();
    const lossy: ByteStore = { ...store, get: async (name, range) => (await store.get(name, range))?.fill(0) ?? null };
    await expect(saveCheckpoint(lossy, checkpointAt(1))).rejects.toThrow(/run-1\.1\.safetensors could not be stored whole/);
    expect(await store.list()).toEqual([]);
  });
});

describe('a crash during a save', () => {
  /** Writes and deletes count down; at zero the power goes: the write in progress keeps `torn` of its bytes, all later calls fail. */
  function failing(files: Map<string, Bytes>, calls: number, torn: number): ByteStore {
    const store = memoryStore(files);
    let left = calls;
    const crash = (): never => {
      throw new Error('power cut');
    };
    return {
      ...store,
      put: async (name, data) => {
        if (left < 0) crash();
        const { bytes, pieces } = piecesOf(data);
        if (left-- > 0) return store.put(name, { bytes, pieces });
        await store.put(name, { bytes, pieces });
        files.set(name, files.get(name)!.slice(0, Math.floor(bytes * torn)));
        return crash();
      },
      delete: async (name) => {
        if (left-- > 0) return store.delete(name);
        return crash();
      },
    };
  }

  it.each([0, 0.5, 0.99])('at any point leaves the old or the new state whole, and the next save works (torn at %d)', async (torn) => {
    const seen = new Set<number>();
    for (let calls = 0; calls < 8; calls++) {
      const files = new Map<string, Bytes>();
      const store = memoryStore(files);
      for (let step = 1; step <= 3; step++) await saveCheckpoint(store, checkpointAt(step));
      await saveCheckpoint(failing(files, calls, torn), checkpointAt(4)).catch(() => undefined);
      const found = await loadCheckpoint(store, 'run-1');
      expect([3, 4]).toContain(found?.state.step);
      expect(bitsOf(found)).toEqual(bitsOf(checkpointAt(found!.state.step)));
      seen.add(found!.state.step);
      await saveCheckpoint(store, checkpointAt(5));
      expect((await loadCheckpoint(store, 'run-1'))?.state.step).toBe(5);
      // Two whole generations again: without the newest, the one before it is there.
      const records = [...files.keys()].filter((name) => name.endsWith('.json')).sort();
      expect([files.size, records.length]).toEqual([4, 2]);
      files.delete(records[1]!);
      expect((await loadCheckpoint(store, 'run-1'))?.state.step).toBe(found!.state.step);
    }
    expect([...seen].sort()).toEqual([3, 4]);
  });
});

describe('checkResumable', () => {
  const { state } = checkpointAt(1);

  it('asks for the model and the data of the run', () => {
    expect(() => checkResumable(state, { model: 'aa', dataset: 'bb' })).not.toThrow();
    expect(() => checkResumable(state, { model: 'xx', dataset: 'bb' })).toThrow(/another model is loaded; load bundled/);
    expect(() => checkResumable(state, { model: 'aa', dataset: 'xx' })).toThrow(/trained on own\.jsonl/);
  });
});
