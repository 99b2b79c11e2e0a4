/** Traces of an ONNX model, which needs no GPU here: made, paused, gone on with in another tab, looked at, chosen anew, opened, exported, deleted and had back. */
import { beforeEach, expect, it, vi } from 'vitest';
import { fakeLocks } from '../../../e2e/fixtures/fake-locks.ts';
import type { EngineEvent } from '../../protocol/engine.ts';
import { newRecord, withStage } from '../../protocol/stage-states.ts';
import type { Stage } from '../../protocol/stages.ts';
import { defaultTraces } from '../../protocol/trace-settings.ts';
import { PEER, type TraceSettings } from '../../protocol/traces.ts';
import { memoryStore } from '../files/byte-store.ts';
import type { Bytes } from '../files/source.ts';
import type { Peer, PeerRequest } from '../peer/peer.ts';
import { readDataset } from './data.ts';
import { type EnginePlaces, EngineState, type RunControl } from './engine-state.ts';
import {
  deleteTraces,
  exportTraces,
  listTraces,
  openTraces,
  renameTraces,
  reselectTraces,
  shownTraces,
  undeleteTraces,
} from './kept-traces.ts';
import type { LivePlan } from './live-plan.ts';
import { ownData, stageFile } from './stage-data.ts';
import { continueTraces, forecastTraces, makeTraces, pauseTraces } from './traces.ts';

const SETTINGS: TraceSettings = {
  ...defaultTraces('2026-11-28'),
  generator: PEER,
  num_return_sequences: 3,
  keep: 'all',
  checks: { ...defaultTraces().checks, thought_language: false },
};

/** Of every three answers one is wrong, and which follows from the seed; thoughts differ by it. */
const peer = (name = 'teacher', asked: PeerRequest[] = []): Peer => ({
  name,
  device: 'wasm',
  dtype: 'q4',
  format: 'think',
  dispose: async () => {},
  generate: async (request) => {
    asked.push(request);
    const sum = /(\d+) \+ (\d+)/.exec(request.messages.at(-1)!.content!)!;
    const right = Number(sum[1]) + Number(sum[2]);
    const answer = request.seed % 3 === 0 ? right + 1 : right;
    const text = `<think>I add ${sum[0]} with care ${request.seed}.</think>\\boxed{${answer}}`;
    return { ids: [1, 2, 3], text, stop: 'eos' };
  },
});

const LINES = Array.from({ length: 6 }, (_, i) => ({
  reasoning_language: i % 3 === 0 ? 'German' : 'English',
  user: `What is ${i} + 20?`,
  analysis: '',
  final: i === 5 ? 'That is more than a number can say.' : `\\boxed{${i + 20}}`,
}));

let files: Map<string, Bytes>;
let events: EngineEvent[];
beforeEach(() => {
  files = new Map();
  events = [];
});

function tab(over = files, places: Partial<EnginePlaces> = {}): EngineState {
  const engine = new EngineState({ files: memoryStore(over), ...places });
  engine.emit = (event) => events.push(event);
  engine.peer = peer();
  return engine;
}

async function withData(engine: EngineState): Promise<EngineState> {
  const file = new Blob([LINES.map((line) => JSON.stringify(line)).join('\n')]);
  await readDataset(engine, { kind: 'file', name: 'sums.jsonl', file });
  return engine;
}

const all = async (engine: EngineState, id: string) =>
  (await shownTraces(engine, { id, filter: 'all', language: null, from: 0, count: 100 })).traces.map(
    ({ trace: { seconds: _, ...trace } }) => trace,
  );

it('says before what will be asked, and which rows cannot be checked', async () => {
  const engine = await withData(tab());
  expect(await forecastTraces(engine, SETTINGS)).toEqual({
    ...{ rows: 6, traces: 18, unverifiable: 0, unread: 0, prompt_tokens: null, most_tokens: 18 * 512, problem: null },
    languages: { German: 2, English: 4 },
  });
  const strict = { ...SETTINGS, rows: 3, checks: { ...SETTINGS.checks, readable_gold: true } };
  expect(await forecastTraces(engine, strict)).toMatchObject({ rows: 3, traces: 9, unverifiable: 1 });
  const german = { ...SETTINGS, encoding: { ...SETTINGS.encoding, languages: ['German'] } };
  expect(await forecastTraces(engine, german)).toMatchObject({ rows: 2, languages: { German: 2 } });
  const none = { ...SETTINGS, encoding: { ...SETTINGS.encoding, languages: ['Thai'] } };
  expect((await forecastTraces(engine, none)).problem).toBe('No row of the dataset can be asked; choose other languages or other data.');
});

it('paused and gone on with in another tab, without its dataset, it has the same traces', async () => {
  const expected = await withData(tab(new Map()));
  const whole = await makeTraces(expected, SETTINGS);

  const engine = await withData(tab());
  let paused: Promise<void> | undefined;
  engine.peer = {
    ...peer(),
    generate: (request) => {
      if (engine.making && engine.making.current.done >= 5) paused ??= pauseTraces(engine);
      return peer().generate(request);
    },
  };
  const id = await makeTraces(engine, SETTINGS);
  await paused;
  const [half] = await listTraces(engine);
  expect(half).toMatchObject({ id, phase: 'paused', done: 5, total: 18, dataset: { name: 'sums.jsonl' } });

  // The file that was being written is torn, as a killed tab may leave it.
  const [name] = [...files.keys()].filter((one) => one.endsWith('.jsonl'));
  files.set(name!, files.get(name!)!.slice(0, -40));
  const other = tab();
  await continueTraces(other, id);
  const [done] = await listTraces(other);
  expect(done).toMatchObject({ phase: 'done', done: 18 });
  expect(await all(other, id)).toEqual(await all(expected, whole));
  const { kept, reasons } = done!;
  expect(kept + Object.values(reasons).reduce((sum, n) => sum + n, 0)).toBe(18);
  expect(reasons).toMatchObject({ wrong: expect.any(Number), unverifiable: 3 });
  const last = events.findLast(({ type }) => type === 'traces');
  expect(last).toMatchObject({ progress: { id, phase: 'done', done: 18, kept, reasons } });
});

it('shows traces with what was asked, by what became of them and by language', async () => {
  const engine = await withData(tab());
  const id = await makeTraces(engine, SETTINGS);
  const ask = (rest: object) => shownTraces(engine, { id, filter: 'all', language: null, from: 0, count: 100, ...rest });
  const { traces } = await ask({ filter: 'wrong', language: 'German' });
  expect(traces.every(({ trace }) => trace.reason === 'wrong' && trace.language === 'German')).toBe(true);
  const { total } = await ask({ filter: 'kept' });
  expect(total + (await ask({ filter: 'left-out' })).total).toBe(18);
  const [first] = (await ask({ from: 0, count: 1 })).traces;
  expect(first).toMatchObject({
    messages: [
      { role: 'system', content: 'reasoning language: German' },
      { role: 'user', content: 'What is 0 + 20?' },
    ],
    prompt: null,
    trace: { row: 1, sample: 0, verdicts: { accuracy: { value: expect.any(Number) } } },
  });
});

it('is chosen anew without a new trace: the first or best of each row, as many of each language', async () => {
  const engine = await withData(tab());
  const id = await makeTraces(engine, SETTINGS);
  const choose = (choice: object) => reselectTraces(engine, id, { keep: 'all', most_per_language: null, choice_seed: 0, ...choice });
  const first = await choose({ keep: 'first' });
  expect(first.kept).toBeLessThanOrEqual(5);
  const even = await choose({ keep: 'first', most_per_language: 'even' });
  const counts = Object.values(even.languages).map(({ kept }) => kept);
  expect(new Set(counts).size).toBe(1);
  expect(even.done).toBe(18);
  await expect(choose({ keep: 'last' })).rejects.toThrow('keep is "last" and must be first or best or all');
});

it('opens as a dataset that trains as any other, and says where each row comes from', async () => {
  const engine = await withData(tab());
  const id = await makeTraces(engine, SETTINGS);
  const [record] = await listTraces(engine);
  const summary = await openTraces(engine, id);
  expect(summary).toMatchObject({ schema: 'multilingual-thinking', rows: record!.kept, problems: [] });
  expect(Object.keys(summary.languages).sort()).toEqual(['English', 'German']);
  const lines = (await (await exportTraces(engine, id, 'dataset')).text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines[0]).toMatchObject({
    messages: [
      { role: 'user' },
      { role: 'assistant', thinking: expect.stringContaining('with care'), content: expect.stringContaining('boxed') },
    ],
    reasoning_language: 'German',
    gold: '\\boxed{20}',
    provenance: {
      ...{ generator: 'peer', model: 'teacher', model_hash: null, adapter: null, adapter_hash: null, dataset: 'sums.jsonl' },
      ...{ row: 1, rewards: { accuracy: 1 }, settings: { temperature: 0.7, seed: 0, num_return_sequences: 3 } },
    },
  });
  const everything = (await (await exportTraces(engine, id, 'all')).text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(everything).toHaveLength(18);
  expect(everything.filter(({ kept }) => kept)).toHaveLength(record!.kept);
  expect(everything.find(({ kept }) => !kept)).toMatchObject({ reason: expect.any(String), why: expect.any(String) });
});

/** Red before: every row had the set's name, so that a renamed set was other data to a stopped run, which could not go on. */
it('has the same rows under another name, for a stage of a plan and for a run on it', async () => {
  const engine = await withData(tab());
  const id = await makeTraces(engine, SETTINGS);
  const shared = { name: 'Stage', what: '', model: 'open', from: 'base' };
  const sample = { ...shared, kind: 'traces', data: [{ of: 'dataset' }], settings: SETTINGS } as Stage;
  const learn = { ...shared, kind: 'sft', data: [{ of: 1 }], settings: {} } as unknown as Stage; // its settings are not read
  const open = { model: { name: 'm', hash: 'm' }, dataset: { name: 'sums.jsonl', hash: engine.data!.hash } };
  const plan = newRecord({ name: 'plan', choice_seed: 0, stages: [sample, learn] }, open);
  const record = withStage(plan, 1, { phase: 'done', traces: id });
  const own = ownData(engine.data!);
  const bytes = async () => {
    await openTraces(engine, id);
    return [await (await stageFile(engine, record, 2, own)).blob.text(), engine.data!.hash];
  };
  const before = await bytes();
  await renameTraces(engine, id, 'Another name');
  expect(await bytes()).toEqual(before);
});

/** Listing takes a while, as that of real files does. */
const slowStore = () => {
  const store = memoryStore(files);
  const list = async (): Promise<string[]> => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return store.list();
  };
  return { ...store, list };
};

/** Red before: the pause was over while room was still being made, and this took the set for one that was deleted long ago. */
it('paused and deleted at once, it can be had back with all its traces', async () => {
  const engine = await withData(tab(files, { files: slowStore() }));
  const reached = new Promise<void>((resolve) => {
    engine.peer = {
      ...peer(),
      generate: (request) => {
        if (engine.making!.current.done >= 4) resolve();
        return peer().generate(request);
      },
    };
  });
  const made = makeTraces(engine, SETTINGS);
  await reached;
  const { id } = engine.making!.current;
  await pauseTraces(engine);
  expect(engine.making).toBeNull();
  await deleteTraces(engine, id);
  await made;
  await undeleteTraces(engine, id);
  const [record] = await listTraces(engine);
  expect(record).toMatchObject({ id, phase: 'paused' });
  expect(await all(engine, id)).toHaveLength(record!.done);
});

/** Red before: the pause found nothing that was being made yet, and all of it was made. */
it('paused in the moment before its first trace, it is kept without one and goes on', async () => {
  const engine = await withData(tab(files, { files: slowStore() }));
  const made = makeTraces(engine, SETTINGS);
  await vi.waitFor(() => expect(engine.held.size).toBe(1), { interval: 1 });
  expect(engine.making).toBeNull();
  await pauseTraces(engine);
  const id = await made;
  expect(await engine.traces.get(id)).toMatchObject({ phase: 'paused', done: 0, total: 18 });
  await continueTraces(engine, id);
  expect(await engine.traces.get(id)).toMatchObject({ phase: 'done', done: 18 });
});

/** Red before: the lock of this tab's own making was taken for one under which the other set was at work. */
it('what a closed tab left is paused, also while and after another set is made', async () => {
  const locks = fakeLocks();
  const engine = await withData(tab(files, { locks }));
  const left = await makeTraces(engine, SETTINGS);
  await engine.traces.put({ ...(await engine.traces.get(left)), phase: 'running', done: 5 });
  const phases: unknown[] = [];
  engine.peer = {
    ...peer(),
    generate: async (request) => {
      if (phases.length === 0) phases.push((await listTraces(engine)).map(({ phase }) => phase));
      return peer().generate(request);
    },
  };
  await makeTraces(engine, SETTINGS);
  const told = events.findLast((event) => event.type === 'trace-sets');
  phases.push(told?.type === 'trace-sets' && told.sets.map(({ phase }) => phase));
  expect(phases).toEqual([
    ['running', 'paused'],
    ['done', 'paused'],
  ]);
});

it('is made by one tab at a time', async () => {
  const locks = fakeLocks();
  const [engine, other] = [await withData(tab(files, { locks })), await withData(tab(files, { locks }))];
  let refused: Promise<unknown> | null = null;
  engine.peer = {
    ...peer(),
    generate: async (request) => {
      refused ??= expect(makeTraces(other, SETTINGS)).rejects.toThrow('Another tab of Mother Tongue is making traces');
      await refused;
      return peer().generate(request);
    },
  };
  const id = await makeTraces(engine, SETTINGS);
  expect(refused).not.toBeNull();
  expect((await listTraces(other)).find((set) => set.id === id)?.phase).toBe('done');
});

it('is renamed, deleted and had back until the page is opened anew', async () => {
  const engine = await withData(tab());
  const id = await makeTraces(engine, SETTINGS);
  await renameTraces(engine, id, ' My\nset ');
  expect((await listTraces(engine))[0]!.name).toBe('Myset');
  await deleteTraces(engine, id);
  await expect(openTraces(engine, id)).rejects.toThrow('This set of traces is not kept any more');
  await undeleteTraces(engine, id);
  await deleteTraces(engine, id);
  await listTraces(engine);
  await expect(undeleteTraces(engine, id)).rejects.toThrow('cannot be had back');
  expect([...files.keys()].filter((name) => name.startsWith('traces-'))).toEqual([]);
});

it('does not start without who answers, data or good settings, nor beside a run; and goes on with its own model alone', async () => {
  const engine = tab();
  await expect(makeTraces(engine, SETTINGS)).rejects.toThrow('No dataset is loaded yet');
  await withData(engine);
  await expect(makeTraces(engine, { ...SETTINGS, keep: 'last' as 'all', num_return_sequences: 0 })).rejects.toThrow(
    /num_return_sequences is 0.*keep is "last"/,
  );
  const id = await makeTraces(engine, SETTINGS);
  engine.peer = peer('another');
  await expect(continueTraces(engine, id)).rejects.toThrow('was made by teacher, and another is open; load it on the Compare page');
  engine.peer = null;
  await expect(makeTraces(engine, SETTINGS)).rejects.toThrow('No ONNX model is loaded');
  await expect(makeTraces(engine, { ...SETTINGS, generator: 'base' })).rejects.toThrow('No model is loaded yet');
  engine.run = {} as RunControl; // only whether there is one
  await expect(makeTraces(engine, SETTINGS)).rejects.toThrow('A run is under way');
});

const setFiles = () => [...files.keys()].filter((name) => name.startsWith('traces-'));

/** Calls `change` once, when such an event comes. */
function atEvent(engine: EngineState, type: EngineEvent['type'], change: () => void): void {
  let pending = true;
  engine.emit = (event) => {
    events.push(event);
    if (event.type !== type || !pending) return;
    pending = false;
    change();
  };
}

/** Red before: the set said that it was made by one model, and another made it. */
it('where another model is opened while rows are read, nothing is made and nothing kept', async () => {
  const engine = await withData(tab());
  atEvent(engine, 'progress', () => {
    engine.peer = peer('another');
  });
  await expect(makeTraces(engine, SETTINGS)).rejects.toMatchObject({
    name: 'ModelError',
    message:
      'teacher was to answer, and another was opened meanwhile; load teacher on the Compare page and try again, or start anew with another.',
  });
  expect(setFiles()).toEqual([]);
});

/** Red before: a plan that began meanwhile was no hindrance, and both used the GPU and changed the model. */
it('where a plan begins while rows are read, nothing is made and nothing kept', async () => {
  const engine = await withData(tab());
  atEvent(engine, 'progress', () => {
    engine.plan = {} as LivePlan; // only whether there is one
  });
  await expect(makeTraces(engine, SETTINGS)).rejects.toThrow('A plan of stages began meanwhile; stop it before making traces.');
  expect(setFiles()).toEqual([]);
  await makeTraces(engine, SETTINGS); // as the plan itself calls for
});

const model = (name: string) =>
  ({ hash: name, session: { name, store: { bytes: () => 0 } } }) as unknown as NonNullable<EngineState['model']>; // it does not answer

/** A paused set of the model A, which is open. */
async function ofModelA(engine: EngineState): Promise<string> {
  const id = await makeTraces(engine, SETTINGS);
  const generator = { kind: 'base', label: 'A', model: { name: 'A', hash: 'A' }, adapter: null } as const;
  await engine.traces.put({ ...(await engine.traces.get(id)), phase: 'paused', generator, total: 19 });
  await engine.traces.putRows(id, (await engine.traces.rows(id)).concat({ ...(await engine.traces.rows(id))[0]!, row: 99 }));
  engine.model = model('A');
  return id;
}

const OTHER = 'A was to answer, and B was opened meanwhile; open A and try again, or start anew with B.';

it('a set goes on with its own model alone, also where another is opened while its files are read', async () => {
  const store = memoryStore(files);
  const engine = await withData(tab(files, { files: { ...store, list: () => listed() } }));
  let listed = store.list;
  const id = await ofModelA(engine);
  listed = () => {
    engine.model = model('B');
    return store.list();
  };
  await expect(continueTraces(engine, id)).rejects.toMatchObject({ name: 'ModelError', message: OTHER });
  expect((await engine.traces.get(id)).phase).toBe('paused');
});

it('a set does not go on with another model that is open when it comes to answer', async () => {
  const engine = await withData(tab());
  const id = await ofModelA(engine);
  atEvent(engine, 'traces', () => {
    engine.model = model('B');
  });
  await continueTraces(engine, id);
  expect(await engine.traces.get(id)).toMatchObject({ phase: 'failed', message: OTHER, done: 18 });
});

it('an ONNX model that fails leaves what was made and says why', async () => {
  const engine = await withData(tab());
  let left = 4;
  engine.peer = {
    ...peer(),
    generate: async (request) => {
      if (left-- === 0) throw new Error('out of memory');
      return peer().generate(request);
    },
  };
  const id = await makeTraces(engine, SETTINGS);
  const [record] = await listTraces(engine);
  expect(record).toMatchObject({ id, phase: 'failed', done: 4, message: 'Making traces broke off (out of memory).' });
});
