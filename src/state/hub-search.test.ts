/** The search of the Hub on the page: one request for one press, the newest answer alone, planned for the GPU that is stated. */
import { beforeEach, expect, it, vi } from 'vitest';
import type { FoundModel, HubFindings, HubQuestion } from '../protocol/hub-search.ts';
import type { PlanQuestion } from '../protocol/training.ts';

const asked: { question: HubQuestion; answer: (found: HubFindings) => void; fail: (error: Error) => void }[] = [];
const planned: PlanQuestion[] = [];
const cancelled: string[] = [];
vi.mock('../client/engine.ts', () => ({
  engine: () => ({
    searchHub: (question: HubQuestion) => new Promise((answer, fail) => asked.push({ question, answer, fail })),
    plan: async (question: PlanQuestion) => {
      planned.push(question);
      return { verdict: 'fits', train: { peak: 7 } };
    },
    fittingLength: async () => 4096,
    cancel: async (task: string) => void cancelled.push(task),
  }),
}));

const { facts } = await import('./facts.ts');
const { freshHub, hubStore } = await import('./hub.ts');
const { writeHub } = await import('./hub-actions.ts');
const { fitFound, forgetSearch, hubSearchStore, searchHub, usable, writeSearch } = await import('./hub-search.ts');
const { pending } = await import('./pending.ts');
const { planningStore } = await import('./planning.ts');

const model = (repository: string, fields: Partial<FoundModel> = {}): FoundModel => ({
  repository,
  downloads: 1,
  licence: null,
  parameters: null,
  bytes: null,
  gated: false,
  private: false,
  family: 'qwen3',
  config: null,
  ...fields,
});
const findings = (text: string, ...models: FoundModel[]): HubFindings => ({ text, endpoint: 'https://huggingface.co', models, cut: false });
const settle = () => new Promise((done) => setTimeout(done));

beforeEach(() => {
  forgetSearch();
  for (const list of [asked, planned, cancelled]) list.length = 0;
  hubSearchStore.setState({ text: '' });
  hubStore.setState({ ...freshHub }, true);
  planningStore.setState({ gpu_bytes: 2 ** 33 });
  pending.setState({ actions: {}, notices: [] });
});

it('sends nothing while one types, and one request for a press, with the token of this endpoint', async () => {
  writeHub({ token: 'hf_x' });
  writeSearch('qwen');
  writeSearch(' qwen3 ');
  expect(asked).toEqual([]);
  void searchHub();
  void searchHub(); // pressed twice
  expect(asked.map(({ question }) => question)).toEqual([{ text: 'qwen3', endpoint: 'https://huggingface.co', token: 'hf_x' }]);
  asked[0]!.answer(findings('qwen3', model('a/b')));
  await settle();
  expect(hubSearchStore.getState().found?.models.length).toBe(1);
  void searchHub(); // again, after the answer
  expect(asked.length).toBe(2);
});

it('no words are no search', () => {
  writeSearch('   ');
  void searchHub();
  expect(asked).toEqual([]);
});

it('an older answer never takes the place of a newer one', async () => {
  writeSearch('old');
  void searchHub();
  writeSearch('new');
  void searchHub();
  asked[1]!.answer(findings('new', model('new/one')));
  await settle();
  asked[0]!.answer(findings('old', model('old/one')));
  await settle();
  expect(hubSearchStore.getState().found?.text).toBe('new');
});

it('an error leaves what was found, is one notice, and goes with the next search', async () => {
  writeSearch('a');
  void searchHub();
  asked[0]!.answer(findings('a', model('a/b')));
  await settle();
  writeSearch('b');
  void searchHub();
  asked[1]!.fail(Object.assign(new Error('The Hub is in trouble.'), { name: 'FileError' }));
  await settle();
  expect(hubSearchStore.getState().found?.text).toBe('a');
  expect(pending.getState().notices.map(({ action, message }) => `${action}: ${message}`)).toEqual(['hub-search: The Hub is in trouble.']);
  void searchHub();
  expect(pending.getState().notices).toEqual([]);
});

it('another endpoint ends the search and forgets what was found; so does an emptied field', async () => {
  writeSearch('a');
  void searchHub();
  asked[0]!.answer(findings('a', model('a/b')));
  await settle();
  void searchHub();
  facts.setState({ tasks: { 'hub-search': { task: 'hub-search' } } } as never);
  writeHub({ endpoint: 'https://mirror.example.org' });
  expect(hubSearchStore.getState().found).toBeNull();
  await settle();
  expect(cancelled).toContain('hub-search');
  asked[1]!.answer(findings('a', model('late/one')));
  await settle();
  expect(hubSearchStore.getState().found, 'what comes late is about the other endpoint').toBeNull();
  hubSearchStore.setState({ found: findings('a', model('a/b')) });
  writeSearch('');
  expect(hubSearchStore.getState().found).toBeNull();
});

it('results with sizes are planned once for a GPU', async () => {
  const found = findings(
    'a',
    model('a/known', { config: { model_type: 'qwen3' } }),
    model('a/unknown'),
    model('a/not', { problem: 'No.' }),
  );
  hubSearchStore.setState({ found });
  await fitFound();
  await fitFound();
  expect(planned.length).toBe(1);
  expect(hubSearchStore.getState().fits).toEqual({ 'a/known': { max_length: 4096, peak: 7 } });
  planningStore.setState({ gpu_bytes: 2 ** 34 });
  await fitFound();
  expect(planned.map(({ gpu_bytes }) => gpu_bytes)).toEqual([2 ** 33, 2 ** 34]);
  planningStore.setState({ gpu_bytes: null });
  await fitFound();
  expect(planned.length).toBe(2);
  const [here, others] = usable(found);
  expect([here.length, others.length]).toEqual([2, 1]);
});
