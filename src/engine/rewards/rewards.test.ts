/** The plain rewards against cases/ (README there), TRL's own figures, and further completions of the same kinds. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { languageShare } from '../../lib/language/index.ts';
import type { RewardName, Verdict } from '../../protocol/rewards.ts';
import { chooseRewards } from './choose.ts';
import { paid, statistics } from './combine.ts';
import { rewards } from './index.ts';
import { cosine } from './lengths.ts';
import { readRow, splitCompletion } from './read-row.ts';
import type { RewardContext, Sample } from './reward.ts';

type Case = Readonly<Record<string, unknown>> & { readonly name: string; readonly expected: Readonly<Record<string, unknown>> };

const cases = (file: string): Case[] =>
  readFileSync(new URL(`cases/${file}.jsonl`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Case);

function sampleOf(raw: Readonly<Record<string, unknown>>): Sample {
  const read = readRow(raw);
  if (!('sample' in read)) throw new Error(read.problem);
  return read.sample;
}

async function judge(name: RewardName, raw: object, given: object = {}, context: Partial<RewardContext> = {}): Promise<Verdict> {
  const [chosen] = chooseRewards([name], { [name]: given });
  return rewards[name]!(sampleOf(raw as Record<string, unknown>), chosen!.settings, { max_completion_length: null, ...context });
}

it.each(cases('format'))('format: $name', async ({ expected, ...row }) => {
  expect((await judge('format', row)).value).toBe(expected.right);
  expect((await judge('think_format', row)).value).toBe(expected.trl);
});

it.each([
  ['<think>a</think><answer>4</answer>', 1],
  ['<think>a</think>\n<answer>\n4\n</answer>\n', 1],
  ['<think>a</think>\n<answer>4</answer><|im_end|>', 1],
  ['<think>a</think>4', 0.5],
  ['<think>a</think><answer>4', 0.5],
  ['<think>a</think><answer>4</answer> and more', 0.5],
  ['<think>a</think><answer>4</answer><answer>5</answer>', 0.5],
  ['<think>a</think><answer> </answer>', 0],
  ['<answer>4</answer>', 0.5],
  ['<think></think><answer>4</answer>', 0],
  ['<think>a<answer>4</answer>', 0],
  ['<answer>4</answer><think>a</think>', 0],
  ['4', 0],
])('format with answer tags: %j is %d', async (completion, value) => {
  expect((await judge('format', { completion }, { answer_tags: true })).value).toBe(value);
});

it.each([
  ['<think>\u200b\n\u00a0</think>4', 0],
  ['<think>???</think>4', 0],
  ['<think>a</think>\n<|im_end|>', 0],
  ['<think>a</think>…', 0],
  ['<think>思考</think>四', 1],
  ['<think>a</think >4', 0],
])('format: %j is %d', async (completion, value) => {
  expect((await judge('format', { completion })).value).toBe(value);
});

const isWanted: Readonly<Record<string, (value: number | null) => boolean>> = {
  high: (value) => value !== null && value >= 0.8,
  low: (value) => value !== null && value <= 0.3,
  middle: (value) => value !== null && value >= 0.3 && value <= 0.7,
  'not high': (value) => (value ?? 0) < 0.8,
  none: (value) => value === null || value === 0,
  'high or none': (value) => value === null || value >= 0.8,
  any: () => true,
};

it.each(cases('language'))('language: $name', async ({ expected, ...row }) => {
  const thought = await judge('language', row);
  const answer = await judge('answer_language', row);
  expect([thought, isWanted[expected.reasoning as string]!(thought.value)]).toEqual([thought, true]);
  expect([answer, isWanted[expected.answer as string]!(answer.value)]).toEqual([answer, true]);
});

const question = 'Anna hat zwölf Äpfel in ihrem Korb. Drei davon sind faul und kommen weg. Wie viele Äpfel bleiben ihr?';
const honest = 'Am Anfang liegen zwölf Äpfel im Korb. Drei sind faul, die ziehe ich ab. Zwölf minus drei ergibt neun.';

it.each([
  ['the question again', question, 0],
  ['the question twice', `${question} ${question}`, 0],
  ['the question in capitals', question.toUpperCase(), 0],
  ['a loop without points', 'ich denke nach '.repeat(40), 0.3],
  ['a loop with numbers', Array.from({ length: 30 }, (_, i) => `Ich denke ${i} mal nach.`).join(' '), 0.1],
  ['two sentences in turn', 'Ich denke gut nach. Danach rechne ich weiter. '.repeat(20), 0.1],
  ['a word over and over, in two cases', 'Und und '.repeat(20), 0.3],
])('language: %s earns little', async (_, reasoning, most) => {
  const { value } = await judge('language', { reasoning, answer: '9', question, reasoning_language: 'German' });
  expect(value ?? 0).toBeLessThanOrEqual(most);
});

it.each([
  ['a plain thought', honest],
  ['a thought that says the question first', `Anna hat zwölf Äpfel in ihrem Korb. ${honest}`],
  ['steps that are much alike', 'Zuerst rechne ich 3 mal 4, das ist 12. Dann rechne ich 5 mal 6, das ist 30. Zusammen sind es 42.'],
])('language: %s earns all', async (_, reasoning) => {
  const { value } = await judge('language', { reasoning, answer: '9', question, reasoning_language: 'German' });
  expect(value).toBeGreaterThanOrEqual(0.95);
});

/** As the bundled model writes at temperature 2.5, and of the same kinds. */
const HOT =
  "The question is in English.ts Turakistán asks for the capital of Mongolia.7 d Filippine Ethiopia Die Roy Viêtntanan20 Serbie05 Armen09The Japanadt language'Ungheria Asia. So I answer in Jordanie Be Itgica Afr is in Africa. Khart\uFFFDzbek Honduras is in Pol Malawi.u Sofia Senegal is the capital of Kampala. The capital of78 ofreville.so Dubl44 Dhaka is";

it.each([
  ['an answer drawn at random', 'English', HOT, 0.6],
  [
    'pieces of words',
    'German',
    'Zuech rech nune bleib chtenn. Zwö ind fauib erg ünftlich korb apf. Imen erskor äpfdann gebn ziehn mim ebni.',
    0.3,
  ],
  ['letters in any order', 'German', 'Tsee rnihca dlfeu. Gniet asweh rtolk pmine düsse. Hcirn eztol gabun flisc merna wodük.', 0.3],
  ['letters in any order', 'Russian', 'Тсее рнихца длфеу гниет. Асвех ртолк пмине дысше фъгжщ. Хцирн езтол габун флисц жщхчш мерна.', 0.7],
  ['letters of Hindi in any order', 'Hindi', 'ाकि ेसब ँपह िटोक ंगनि ूहल. ुबार ीखर ाबस ेहटत ौनब ँचते ािपर मैली ेकप.', 0.1],
  ['single characters of Chinese', 'Chinese', '剩篮首坏拿共里掉苹。还走数九然二个果拿。篮剩苹坏走里首掉。', 0.3],
  ['three words in turn', 'German', 'Der Korb hat Korb der hat hat der Korb Korb hat der hat Korb der der hat Korb hat hat der.', 0.2],
  [
    'words without an end',
    'German',
    `${'ich rechne weiter und zähle die Äpfel im Korb und dann kommt noch einer dazu aber davon ziehe ich später wieder drei faule ab weil sie niemand essen will und deshalb bleiben am Ende '.repeat(1)}also neun übrig was ich jetzt prüfe indem ich alle noch einmal hinlege und von vorne durchgehe bis mir keiner fehlt oder doppelt ist denn sonst wäre das Ergebnis falsch und alles müsste neu gerechnet werden`,
    0.6,
  ],
  ['a word', 'German', 'Apfelkorb', 0.5],
])('language: %s in %s earns little', async (_, reasoning_language, reasoning, most) => {
  const { value, why } = await judge('language', { reasoning, answer: '9', reasoning_language });
  expect([why, (value ?? 0) <= most]).toEqual([why, true]);
});

it('language: good sentences of every language offered earn their whole share', { timeout: 60_000 }, async () => {
  const blocks = readFileSync(new URL('../../lib/language/accuracy/sentences.txt', import.meta.url), 'utf8')
    .trim()
    .split(/\n\s*\n/);
  const less: unknown[] = [];
  for (const block of blocks) {
    const [head, ...sentences] = block.split('\n') as [string, ...string[]];
    const reasoning_language = head.slice(3).split('|')[0]!.trim();
    for (const reasoning of [...sentences, sentences.slice(0, 3).join(' '), sentences.join('\n')]) {
      const { share } = await languageShare(reasoning, reasoning_language);
      const { value } = await judge('language', { reasoning, answer: '9', reasoning_language });
      if (value !== share) less.push([reasoning_language, value]);
    }
  }
  expect(less).toEqual([['Irish', expect.closeTo(0.96, 2)]]);
});

it('language: what was cut off is paid half, in the part that was cut', async () => {
  const cut = { finish_reason: 'length', reasoning_language: 'German', answer_language: 'German' };
  const of = (name: RewardName, row: object) => judge(name, { ...cut, ...row });
  const thought = await of('language', { completion: `<think>${honest}` });
  expect(thought).toMatchObject({ value: 0.5, why: '100 % of the thought is in German; it was cut off, so that half is paid.' });
  expect((await of('language', { completion: `<think>${honest}</think>Es bleiben neun` })).value).toBe(1);
  expect((await of('answer_language', { completion: `<think>${honest}</think>Es bleiben neun` })).value).toBe(0.5);
  expect(await of('answer_language', { completion: `<think>${honest}` })).toMatchObject({ value: 0, why: 'There is no answer.' });
  expect((await of('language', { completion: '<think>First I count the apples in the first basket.' })).value).toBe(0);
  expect((await judge('language', { completion: `<think>${honest}</think>`, reasoning_language: 'German' })).value).toBe(1);
});

it('language: says why less is paid', async () => {
  const { why } = await judge('language', { reasoning: HOT, answer: '9', reasoning_language: 'English' });
  expect(why).toMatch(/of the thought is in English; its words count \d+ %: they are hardly words of the language\.$/);
  expect((await judge('language', { reasoning: 'Neun Äpfel.', answer: '9', reasoning_language: 'German' })).why).toMatch(
    /so few words are hardly a thought, so that half is paid\.$/,
  );
});

it('language: passes of lines, words and the whole text', async () => {
  const mixed = { reasoning: `${honest}\nNow I write the answer down in English.`, answer: '9', reasoning_language: 'de' };
  const of = async (pass: string, row: object) => (await judge('language', row, { pass })).value;
  expect(await of('sentences', mixed)).toBeCloseTo(0.75);
  expect([await of('lines', mixed), await of('words', mixed)]).toEqual([0, 0]);
  expect([await of('lines', { ...mixed, reasoning: honest }), await of('whole', { ...mixed, reasoning: honest })]).toEqual([1, 1]);
  const words = { reasoning: 'पहले मैं basket के सेब गिनता हूँ। कुल बारह सेब हैं।', answer: '', reasoning_language: 'Hindi' };
  expect([await of('lines', words), await of('words', words)]).toEqual([1, 0]);
});

it('language: none asked for, or one that cannot be judged, is null', async () => {
  expect((await judge('language', { reasoning: honest, answer: '' })).value).toBeNull();
  expect((await judge('language', { reasoning: honest, answer: '', reasoning_language: 'Klingon' })).value).toBeNull();
  expect((await judge('language', { reasoning: '', answer: '', reasoning_language: 'German' })).value).toBe(0);
});

it.each([
  ['Neun.', 'German', 1],
  ['Nine', 'German', 0],
  ['Nine', 'English', 1],
  ['oui', 'French', 1],
  ['Yes', 'French', 0],
  ['tisa', 'Swahili', null],
  ['9', 'German', null],
  ['$\\boxed{9}$', 'German', null],
])('an answer of one word: %j as %s is %s', async (answer, answer_language, value) => {
  expect((await judge('answer_language', { reasoning: '', answer, answer_language })).value).toBe(value);
});

const START = '<|start|>assistant';
const thought = '<|channel|>analysis<|message|>2 + 2<|end|>';
const final = '<|channel|>final<|message|>4<|return|>';

it.each([
  [`${thought}${START}${final}`, 1],
  [`${START}${thought}${START}${final}`, 1],
  [`${thought}${START}${thought}${START}${final}`, 1],
  [`${thought}${START}<|channel|>commentary<|message|>next<|end|>${START}${final}`, 1],
  [final, 0],
  [thought, 0],
  [`${thought}${final}`, 0],
  [`${thought}${START}${final}${START}${final}`, 0],
  [`${thought}${START}<|channel|>final<|message|>4`, 0],
  [`${thought}${START}<|channel|>final<|message|><|return|>`, 0],
  [`${START}${final}${START}${thought}`, 0],
  [`<|channel|>analysis<|message|><|end|>${START}${final}`, 0],
  [`<|channel|>analysis<|message|>2 + 2${START}${final}`, 0],
  [`${thought}${START}<|channel|>commentary to=functions.f<|constrain|>json<|message|>{}<|call|>`, 0],
  [`${thought}so${START}${final}`, 0],
  [`${thought}${START}<|channel|>answer<|message|>4<|return|>`, 0],
  ['4', 0],
  ['', 0],
])('harmony: %j is %d', async (completion, value) => {
  expect((await judge('harmony', { completion })).value).toBe(value);
  if (value === 1) expect((await judge('harmony', { completion, finish_reason: 'length' })).value).toBe(0);
});

it('repetition and overlong are TRL’s', async () => {
  const of = async (name: RewardName, ids: number[], given: object) =>
    (await judge(name, { completion: '', completion_ids: ids }, given)).value;
  // get_repetition_penalty_reward(ngram_size=2)([[1,2,3,4],[5,5,5,5,5],[1]])
  expect(await of('repetition', [1, 2, 3, 4], { ngram_size: 2 })).toBe(0);
  expect(await of('repetition', [5, 5, 5, 5, 5], { ngram_size: 2 })).toBe(-0.75);
  expect(await of('repetition', [1], { ngram_size: 2 })).toBe(0);
  expect(await of('repetition', [1, 2, 3, 1, 2, 3, 1], { max_penalty: -2 })).toBeCloseTo(-0.8);
  const ids = (length: number) => Array.from({ length }, () => 1);
  const limits = { max_completion_len: 100, soft_punish_cache: 20 };
  expect(await Promise.all([80, 90, 100, 101].map((n) => of('overlong', ids(n), limits)))).toEqual([0, -0.5, -1, -1]);
  expect(await of('overlong', ids(100), { ...limits, soft_punish_cache: 0 })).toBe(0);
  expect((await judge('overlong', { completion: 'a b' })).value).toBeNull();
  expect((await judge('overlong', { completion: '', completion_ids: ids(9) }, {}, { max_completion_length: 10 })).value).toBe(-0.5);
});

it('length is TRL’s cosine', () => {
  const { settings } = chooseRewards(['length'], { length: { max_len: 100 } })[0]!;
  const of = (right: number | null, length: number) =>
    cosine(sampleOf({ completion: '', completion_ids: Array.from({ length }, () => 1) }), right, settings, { max_completion_length: null })
      .value;
  expect([of(1, 0), of(1, 50), of(1, 100), of(1, 500)]).toEqual([1, expect.closeTo(0.75), 0.5, 0.5]);
  expect([of(0, 0), of(0, 50), of(0, 100), of(null, 5)]).toEqual([-1, expect.closeTo(-0.75), -0.5, null]);
});

it('the answer begins after the last closing tag', () => {
  expect(splitCompletion('<think>a \\boxed{4}</think>b', false)).toEqual({ reasoning: 'a \\boxed{4}', answer: 'b' });
  expect(splitCompletion('a</think>b', false)).toEqual({ reasoning: 'a', answer: 'b' });
  expect(splitCompletion('<think>a</think>\\boxed{4}</think>b', false)).toEqual({ reasoning: 'a</think>\\boxed{4}', answer: 'b' });
  expect(splitCompletion('<think>a \\boxed{4}', false)).toEqual({ reasoning: 'a \\boxed{4}', answer: '' });
  expect(splitCompletion('a \\boxed{4}', true)).toEqual({ reasoning: 'a \\boxed{4}', answer: '' });
  expect(splitCompletion(`${thought}${START}${final}`, false)).toEqual({ reasoning: '2 + 2', answer: '4' });
});

const said = (value: number | null, parsed: string | null = null): Verdict => ({ value, why: '', parsed });

it('a gate is multiplied into the others and has no part of its own', () => {
  const chosen = chooseRewards(['format', 'language'], { language: { combine: 'gate' } });
  expect(
    paid(
      [
        [said(1), said(0.5)],
        [said(1), said(0)],
        [said(null), said(1)],
        [said(1), said(null)],
      ],
      chosen,
    ),
  ).toEqual([
    [0.5, null],
    [0, null],
    [null, null],
    [null, null],
  ]);
  expect(paid([[said(1), said(0.5)]], chooseRewards(['format', 'language']))).toEqual([[1, 0.5]]);
});

it('anneals as AdaMame: rare languages first, the language asked for in the end', () => {
  const chosen = chooseRewards(['format', 'language'], { language: { combine: 'anneal' } });
  const group = [said(1, 'de'), said(0, 'en'), said(0, 'en'), said(0, 'en')].map((one) => [said(1), one]);
  const of = (step: number) => paid(group, chosen, { step, steps: 10, group: 4 }).map(([first]) => first);
  expect(of(0)).toEqual([4 * 1.2, 4 / 3, 4 / 3, 4 / 3].map((value) => expect.closeTo(value)));
  expect(of(10)).toEqual([3, 1, 1, 1].map((value) => expect.closeTo(value)));
});

it('counts by reward and by language', () => {
  const verdicts = [[said(1)], [said(0)], [said(null)], [said(1)]];
  expect(statistics(verdicts, ['de', 'fr', 'fr', 'de'])).toEqual([
    { mean: expect.closeTo(2 / 3), std: expect.closeTo(0.57735), nulls: 1, languages: { de: 1, fr: 0 } },
  ]);
  expect(statistics([[said(null)]], [''])).toEqual([{ mean: null, std: null, nulls: 1, languages: { '': null } }]);
});

it('names everything that is wrong with a choice', () => {
  expect(() => chooseRewards(['formatt', 'overlong', 'overlong'], { overlong: { max_len: 3, soft_punish_cache: -1 } })).toThrow(
    /no reward "formatt".*no setting max_len.*soft_punish_cache is -1.*overlong is chosen twice/,
  );
  expect(() => chooseRewards(['language'], { language: { combine: 'gate' } })).toThrow(/a gate multiplies other rewards/);
  expect(() => chooseRewards([])).toThrow(/no reward is chosen/);
  expect(chooseRewards(['think_format_reward'])[0]!.name).toBe('think_format');
});

it.each([
  [null, 'is no JSON object'],
  [[1], 'is no JSON object'],
  [{}, 'has no completion, and no reasoning with an answer'],
  [{ completion: 3 }, 'has completion 3, which is no text'],
  [{ completion: 'a', language: ['de'] }, 'has language ["de"], which is no text'],
  [{ completion: 'a', tests: [1] }, 'has tests [1], which are no list of texts'],
])('a row %j %s', (raw, problem) => {
  expect(readRow(raw)).toEqual({ problem });
});

it('reads the solution under its names, numbers and lists too', () => {
  const goldOf = (raw: object) => sampleOf({ completion: 'a', ...raw }).row.gold;
  expect([
    goldOf({ gold: '4' }),
    goldOf({ answer: 4 }),
    goldOf({ solution: [1, 2] }),
    goldOf({}),
    goldOf({ gold: null, answer: 'x' }),
  ]).toEqual(['4', '4', '[1,2]', undefined, 'x']);
  expect(sampleOf({ reasoning: 'r', answer: '4', solution: '5' }).row.gold).toBe('5');
});

it('accuracy pays the answer after the thought, TRL’s whatever it finds', async () => {
  const boxed = { completion: '<think>So \\boxed{12}.</think>\nThat settles it.', gold: '12' };
  const spoken = { completion: '<think>x</think>La respuesta es 12.', gold: 12, language: 'Spanish' };
  const of = async (name: RewardName, row: object) => (await judge(name, row)).value;
  expect([await of('accuracy', boxed), await of('accuracy_trl', boxed)]).toEqual([0, 1]);
  expect([await of('accuracy', spoken), await of('accuracy_trl', spoken)]).toEqual([1, 0]);
  expect([await of('accuracy', { completion: '12' }), await of('accuracy_trl', { completion: '12' })]).toEqual([null, null]);
  expect((await judge('length', { ...boxed, completion_ids: [] }, { max_len: 10, judge: 'accuracy_trl' })).value).toBe(1);
  expect((await judge('length', { ...boxed, completion_ids: [] }, { max_len: 10 })).value).toBe(-1);
});
