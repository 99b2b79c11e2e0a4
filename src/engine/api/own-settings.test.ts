/** settings.json of a model: whatever it contains, the model opens, and what cannot be used is named by file and key. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { startingSettings, withNamed } from '../../state/presets.ts';
import { bytesDirectory } from '../files/source.ts';
import { type OwnSettings, readOwnSettings } from './own-settings.ts';

const limits = {
  positions: 2048,
  rank: 64,
  modules: ['q', 'k', 'v', 'o'].map((name) => `model.layers.0.self_attn.${name}_proj`),
  parameters: [],
};
const read = (content: unknown): Promise<OwnSettings> => {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  return readOwnSettings(bytesDirectory('my-model', new Map([['settings.json', new TextEncoder().encode(text)]])), limits);
};

it('of the bundled model is taken whole', async () => {
  const text = readFileSync(new URL('../../../public/models/mini/settings.json', import.meta.url), 'utf8');
  const { notes, recommended, questions, about } = await read(text);
  expect(notes).toEqual([]);
  expect(questions).toHaveLength(5);
  expect(about).toContain('1.6 million');
  expect(withNamed(startingSettings, recommended!)).toEqual(withNamed(startingSettings, JSON.parse(text).settings));
});

it('may be absent, or empty', async () => {
  const none = { questions: [], notes: [] };
  expect(await readOwnSettings(bytesDirectory('my-model', new Map()), limits)).toEqual(none);
  expect(await read({})).toEqual(none);
});

// red before: the first three stopped the model from opening or went to the page as they were
it.each([
  ['{', 'settings.json of my-model is not valid JSON; the page’s own settings are used instead.'],
  ['[1]', 'settings.json of my-model must be an object and is [1]; the page’s own settings are used instead.'],
  [`"${'x'.repeat(2 ** 20)}"`, 'settings.json of my-model is larger than 1 MiB; the page’s own settings are used instead.'],
  [{ learning_rate: 1 }, 'settings.json of my-model: learning_rate is none of the keys about, settings, questions; it is left out.'],
  [{ settings: [] }, 'settings.json of my-model: settings is [] and must be an object; it is left out.'],
  [
    { settings: { learning_rte: 1 } },
    'settings.json of my-model: settings: learning_rte is not a setting that is known here; it is left out.',
  ],
  [
    { settings: { r: '8' } },
    'settings.json of my-model: settings: r is "8" and must be a whole number from 1 to 64, the smaller side of the largest adapted weight of this model; it is left out.',
  ],
  [
    { settings: { max_length: 4096 } },
    'settings.json of my-model: settings: max_length is 4096 and must be a whole number from 2 to 2,048, the positions of this model; it is left out.',
  ],
  [
    { settings: { target_modules: ['c_attn'] } },
    'settings.json of my-model: settings: target_modules has the entry "c_attn", which names none of the linear layers of this model; it is left out.',
  ],
  [{ about: 5 }, 'settings.json of my-model: about is 5 and must be a text of at most 5,000 characters; it is left out.'],
  [{ questions: 'Why?' }, 'settings.json of my-model: questions is "Why?" and must be a list; it is left out.'],
  [{ questions: ['Why?'] }, 'settings.json of my-model: questions[0] is "Why?" and must be an object with the key user; it is left out.'],
  [
    { questions: [{ user: null }] },
    'settings.json of my-model: questions[0].user is null and must be a text of at most 10,000 characters; it is left out.',
  ],
  [{ questions: [{ user: ' ' }] }, 'settings.json of my-model: questions[0].user is empty; it is left out.'],
])('%j is said in one sentence', async (content, sentence) => {
  expect(await read(content)).toEqual({ questions: [], notes: [sentence] });
});

it('keeps what is good beside what is not, and says at most seven sentences', async () => {
  const nonsense = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`key${i}`, i]));
  const { recommended, questions, notes } = await read({ settings: { r: 4, ...nonsense }, questions: [{ user: 'Why?' }, 3] });
  expect([recommended, questions]).toEqual([{ r: 4 }, ['Why?']]);
  expect(notes).toHaveLength(7);
  expect(notes.at(-1)).toBe('settings.json of my-model: 495 more entries are left out.');
});

it('survives any depth', async () => {
  const deep = (open: string, close: string): string => open.repeat(50_000) + close.repeat(50_000);
  const { notes } = await read(`{"about": ${deep('[', ']')}, "settings": ${deep('{"lora":', '}').replace(':}', ':1}')}}`);
  expect(notes).toHaveLength(2);
});
