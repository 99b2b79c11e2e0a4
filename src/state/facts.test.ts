/** apply is the only writer of engine facts: every event has its effect, in any order the engine may send them. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { EngineEvent } from '../protocol/engine.ts';
import type { ColumnState } from '../protocol/generation.ts';
import type { AdherenceSample, RunRecord, StepMetrics } from '../protocol/training.ts';
import { apply, facts, isRunning, noFacts, reduce, restore } from './facts.ts';
import { startingSettings } from './presets.ts';

function step(n: number, loss = 1): StepMetrics {
  return {
    step: n,
    epoch: n / 10,
    loss,
    learning_rate: 1e-3,
    grad_norm: 1,
    mean_token_accuracy: 0.5,
    entropy: 1,
    num_tokens: n * 100,
    step_time: 0.5,
    tokens_per_second: 200,
  };
}

function run(change: Partial<RunRecord> = {}): RunRecord {
  return {
    id: 'r',
    started: '2026-01-01T00:00:00Z',
    model: 'm',
    dataset: 'd',
    settings: startingSettings,
    phase: 'training',
    total_steps: 10,
    metrics: [],
    evals: [],
    samples: [],
    ...change,
  };
}

function sample(n: number, language: string, share: number | null = 1): AdherenceSample {
  return { step: n, language, question: 'q', thinking: 'a', content: 'f', share };
}

beforeEach(() => facts.setState(noFacts, true));

it('a cancelled task is remembered until it begins again, or until there is another dataset', () => {
  const begin: EngineEvent = { type: 'progress', task: 'tokens', label: 'Counting tokens', done: 0, total: 9, unit: 'rows' };
  const cancel: EngineEvent = { type: 'progress-end', task: 'tokens', cancelled: true };
  apply(begin, cancel);
  expect(facts.getState()).toMatchObject({ tasks: {}, cancelled: { tokens: true } });
  apply(begin);
  expect(facts.getState().cancelled).toEqual({});
  apply({ type: 'progress-end', task: 'tokens' });
  expect(facts.getState().cancelled).toEqual({});
  apply(begin, cancel, { type: 'dataset', dataset: { id: 'another' } as never });
  expect(facts.getState().cancelled).toEqual({});
});

describe('facts', () => {
  it('takes the device, a problem, and the loss of a device that a new device ends', () => {
    apply({ type: 'device', device: null, problem: { reason: 'no-webgpu', message: 'none' } });
    expect(facts.getState()).toMatchObject({ started: true, device: null, problem: { reason: 'no-webgpu' } });
    apply({ type: 'device-lost', message: 'gone' });
    expect(facts.getState().lost).toBe('gone');
    apply({
      type: 'device',
      device: { vendor: 'v', architecture: '', device: '', description: '', software: true, features: [], limits: {} },
      problem: null,
    });
    expect(facts.getState()).toMatchObject({ lost: null, problem: null });
  });

  it('keeps when a task began, and forgets it when it ends', () => {
    const progress: EngineEvent = { type: 'progress', task: 'model', label: 'Reading', done: 1, total: 4, unit: 'bytes' };
    const first = reduce(noFacts, progress, 1000);
    const second = reduce(first, { ...progress, done: 2 }, 5000);
    expect(second.tasks.model).toMatchObject({ done: 2, since: 1000 });
    expect(reduce(second, { type: 'progress-end', task: 'model' }).tasks).toEqual({});
  });

  it('takes model, dataset, adapter, memory, peer and self-test as they come', () => {
    apply(
      { type: 'memory', allocated: 5, planned: 7 },
      { type: 'peer', name: 'p' },
      { type: 'model', model: null },
      { type: 'dataset', dataset: null },
      { type: 'adapter', adapter: null },
    );
    apply({ type: 'self-test', result: { kernel: 'a', title: 'A', error: 1, tolerance: 2, passed: true } });
    apply({ type: 'self-test', result: { kernel: 'a', title: 'A', error: 3, tolerance: 2, passed: false } });
    expect(facts.getState()).toMatchObject({ memory: { allocated: 5, planned: 7 }, peer: 'p' });
    expect(Object.values(facts.getState().selfTest)).toEqual([{ kernel: 'a', title: 'A', error: 3, tolerance: 2, passed: false }]);
  });
});

describe('a run', () => {
  it('collects steps, and a resumed run replaces what came after the point it was resumed from', () => {
    apply(
      { type: 'run', run: run() },
      { type: 'step', metrics: step(1) },
      { type: 'step', metrics: step(2) },
      { type: 'step', metrics: step(3) },
    );
    apply({ type: 'step', metrics: step(2, 9) });
    expect(facts.getState().run?.metrics.map((m) => [m.step, m.loss])).toEqual([
      [1, 1],
      [2, 9],
    ]);
  });

  it('takes 20,000 steps without copying: the list is one and the same, and few of its entries are read', () => {
    const STEPS = 20_000;
    let reads = 0;
    const counted = new Proxy<StepMetrics[]>([], {
      get: (list, key, receiver) => {
        if (typeof key === 'string' && /^\d+$/.test(key)) reads += 1;
        return Reflect.get(list, key, receiver);
      },
    });
    facts.setState({ run: run({ metrics: counted }) });
    let records = 0;
    const stop = facts.subscribe((now, before) => {
      records += now.run === before.run ? 0 : 1;
    });
    for (let n = 1; n <= STEPS; n += 1) apply({ type: 'step', metrics: step(n) });
    stop();
    expect(facts.getState().run?.metrics, 'not copied').toBe(counted);
    expect(counted).toHaveLength(STEPS);
    expect(reads, 'reads of entries').toBeLessThanOrEqual(2 * STEPS + STEPS / 10);
    expect(records, 'every step is a change that stores see').toBe(STEPS);
  });

  it('has a new list of samples with each one, because the view of them compares the list', () => {
    apply({ type: 'run', run: run() });
    const before = facts.getState().run?.samples;
    apply({ type: 'adherence', sample: sample(0, 'German') });
    expect(facts.getState().run?.samples).not.toBe(before);
    const after = facts.getState().run?.samples;
    apply({ type: 'step', metrics: step(1) });
    expect(facts.getState().run?.samples, 'and the same one with a step').toBe(after);
  });

  it('leaves the sender its own record', () => {
    const sent = run();
    apply({ type: 'run', run: sent }, { type: 'step', metrics: step(1) }, { type: 'adherence', sample: sample(1, 'German') });
    expect(sent).toMatchObject({ metrics: [], samples: [] });
    expect(facts.getState().run).toMatchObject({ metrics: [{ step: 1 }], samples: [{ step: 1 }] });
  });

  it('keeps one sample a step and language', () => {
    apply({ type: 'run', run: run() });
    for (const s of [sample(0, 'German', 0), sample(0, 'French', 0), sample(10, 'German'), sample(10, 'German', 0.5)])
      apply({ type: 'adherence', sample: s });
    expect(facts.getState().run?.samples.map((s) => `${s.step} ${s.language} ${s.share}`)).toEqual([
      '0 German 0',
      '0 French 0',
      '10 German 0.5',
    ]);
  });

  it('drops the message of an earlier phase', () => {
    apply({ type: 'run', run: run() }, { type: 'run-phase', phase: 'failed', message: 'NaN' }, { type: 'run-phase', phase: 'training' });
    expect(facts.getState().run).not.toHaveProperty('message');
  });

  it('what is saved belongs to the run under way', () => {
    const saved = () => facts.getState().saved;
    apply({ type: 'saved', step: 4 }, { type: 'saved', step: 6, problem: 'full' });
    expect(saved()).toEqual({ step: 4, problem: 'full' });
    apply({ type: 'saved', step: 7 });
    expect(saved()).toEqual({ step: 7 });
    apply({ type: 'run', run: run({ phase: 'preparing' }) });
    expect(saved()).toBeNull();
    apply({ type: 'saved', step: 0, problem: 'full' });
    expect(saved()).toEqual({ step: 0, problem: 'full' });
  });

  it('ignores steps without a run', () => {
    apply({ type: 'step', metrics: step(1) }, { type: 'eval', metrics: { step: 1, eval_loss: 1, eval_mean_token_accuracy: 1 } });
    expect(facts.getState().run).toBeNull();
  });

  it('keeps the columns of the newest request only, whole states replacing each other', () => {
    const column = {
      column: 'base/German',
      thinking: 'a',
      content: '',
      rest: '',
      tokens: 1,
      tokens_per_second: 1,
      share: null,
      stop: null,
    };
    apply({ type: 'column', request: 'one', state: column }, { type: 'column', request: 'two', state: column });
    apply({ type: 'column', request: 'two', state: { ...column, thinking: 'ab', tokens: 2 } }, { type: 'ask-end', request: 'two' });
    expect(facts.getState().answers).toEqual({
      two: { columns: { 'base/German': { ...column, thinking: 'ab', tokens: 2 } }, ended: true },
    });
  });

  it('knows which phases are a run under way', () => {
    expect((['preparing', 'training', 'evaluating', 'probing', 'paused', 'stopping'] as const).every(isRunning)).toBe(true);
    expect(([undefined, 'idle', 'done', 'stopped', 'failed'] as const).some(isRunning)).toBe(false);
  });
});

it('the answers of a run belong to it alone', () => {
  apply({ type: 'run', run: run() }, { type: 'rollouts', batch: { step: 3, rewards: [], prompts: [], rollouts: [] } });
  expect(facts.getState().rollouts).toMatchObject({ step: 3 });
  apply({ type: 'run', run: run({ id: 'next', phase: 'preparing' }) });
  expect(facts.getState().rollouts, 'red before: the next run showed them as its own').toBeNull();
});

it('the saves of a run are listed, and begin anew from the step it was resumed at', () => {
  apply({ type: 'run', run: run() }, { type: 'saved', step: 4 }, { type: 'saved', step: 6, problem: 'full' }, { type: 'saved', step: 8 });
  expect(facts.getState().run?.saves).toEqual([4, 8]);
  apply({ type: 'saved', step: 5 });
  expect(facts.getState().run?.saves).toEqual([4, 5]);
});

describe('what an earlier visit kept', () => {
  it('restores a run that was under way as stopped, and never over a newer one', () => {
    restore({ run: run(), answers: { x: { columns: {}, ended: false } } });
    expect(facts.getState().run?.phase).toBe('stopped');
    expect(facts.getState().run?.message).toContain('closed');
    expect(facts.getState().answers.x?.ended).toBe(true);
    apply({ type: 'run', run: run({ id: 'new' }) });
    restore({ run: run({ id: 'old' }) });
    expect(facts.getState().run?.id).toBe('new');
  });

  it('restores what version 0.1 saved under the names of Harmony’s channels', () => {
    const { thinking: analysis, content: final, ...rest } = sample(2, 'German');
    const samples = [{ ...rest, analysis, final }] as unknown as AdherenceSample[];
    const columns = { x: { column: 'x', analysis: 'Hm.', final: 'Ja.', rest: '' } as unknown as ColumnState };
    restore({ run: run({ samples }), answers: { one: { columns, ended: true } } });
    expect(facts.getState().run?.samples).toEqual([sample(2, 'German')]);
    expect(facts.getState().answers.one?.columns).toEqual({ x: { column: 'x', thinking: 'Hm.', content: 'Ja.', rest: '' } });
  });
});
