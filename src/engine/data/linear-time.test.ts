/**
 * Nothing that reads data takes more than linear time: every search, splitter and recogniser on texts that are made to send it back and forth.
 * A quadratic one needs ten seconds for 120,000 characters; a linear one milliseconds, so that a busy machine does not matter.
 */
import { expect, it } from 'vitest';
import { knownWords, wellJoined } from '../../lib/language/known-words.ts';
import { sentencesOf } from '../../lib/language/sentences.ts';
import { withLanguages } from '../chat/asked-languages.ts';
import { defaultIdentity } from '../chat/harmony/identity.ts';
import { replyReaders } from '../chat/index.ts';
import { readDataset } from './dataset.ts';
import { isBlank, textOf } from './fields.ts';
import { readJsonValue } from './json-value.ts';
import { languageNamed } from './language-names.ts';
import { splitTagged, untagged } from './reasoning-tags.ts';
import { recogniseLayout } from './schema.ts';
import { findLanguageLine } from './stated-language.ts';
import { toConversation } from './to-conversation.ts';

const PIECES = [
  ...[
    ' ',
    '\n',
    '\r',
    '\t',
    '\u2028',
    ' \n',
    '\n \t',
    'a',
    'a ',
    '1',
    '1.',
    '-',
    '\\',
    '"',
    '""',
    '"a',
    ',',
    ',"',
    ';',
    '|',
    "'",
    '`',
    '$',
  ],
  ...['<', '<|', '<|a', '<think>', '</think>', '<think>\n', '</think>`', '[THINK]', '[', '{', '{"a":', '[{', ']', '}', '}{', '{}', '[],'],
  ...['<|start|>', '<|channel|>', '<|message|>', '<|start|>assistant to=', '<|end|>', '<|channel|>analysis ', 'to=a ', '<|constrain|>'],
  ...[
    'reasoning language:',
    'reasoning language: ',
    ' reasoning language:\n',
    'model_identity = "',
    'model_identity ',
    '{#',
    '#}',
    'else "',
  ],
  ...[
    '"a","b"\n',
    '"a"b,',
    '{"a":1}\n',
    '{"a":"b","a":',
    '1e5,',
    '0.0,',
    "[{'role': '",
    '\ud83d',
    '\\ud83d',
    '<|begin_of_thought|>',
    '◁think▷',
  ],
];

const answer = (content: string) =>
  toConversation(
    {
      row: 1,
      value: {
        messages: [
          { role: 'user', content },
          { role: 'assistant', content },
        ],
      },
    },
    MESSAGES,
  );
const MESSAGES = { schema: 'messages', messages: 'messages' } as const;
const column = (name: string) => (text: string) => {
  const value = { question: 'Q?', answer: 'A.', [name]: text };
  return toConversation({ row: 1, value }, recogniseLayout(Object.keys(value), value));
};
/** A file that cannot be read is refused, which is as good. */
const file = (name: string) => (text: string) =>
  readDataset(new Blob([text]), name).then(
    (dataset) => dataset.summaries(0, 20),
    (error: Error) => expect(error.name).toBe('DatasetError'),
  );

const READERS: Record<string, (text: string) => unknown> = {
  'the JSON of a row': readJsonValue,
  'tags around reasoning': (text) => [splitTagged(text, false), splitTagged(text, true), untagged(text)],
  'the language line': (text) => [
    findLanguageLine(text),
    findLanguageLine(text, 'answer_language'),
    withLanguages({ messages: [{ role: 'system', content: text }] }, { reasoning_language: 'German', answer_language: 'French' }),
  ],
  'names of languages': languageNamed,
  'blank texts': (text) => [isBlank(text), textOf([text])],
  messages: answer,
  'a call as text': (text) => toConversation({ row: 1, value: { messages: [{ from: 'function_call', value: text }] } }, MESSAGES),
  tools: column('tools'),
  history: column('history'),
  instructions: column('system'),
  'a language column': column('reasoning_language'),
  labels: column('label'),
  'identity of a template': defaultIdentity,
  'replies in Harmony': replyReaders.harmony,
  'replies with <think>': replyReaders.think,
  'words of a thought': (text) => Promise.all([knownWords(text, 'de'), knownWords(text, 'zh'), wellJoined(text, 'de')]),
  'sentences of a thought': (text) => sentencesOf(text, 'de'),
  CSV: file('x.csv'),
  TSV: file('x.tsv'),
  JSONL: file('x.jsonl'),
  JSON: file('x.json'),
  'a file without a name': file('x'),
};

const LENGTH = 120_000;
const LONGEST_MS = 2000;

it.each(Object.entries(READERS))('%s', { timeout: 300_000 }, async (_, read) => {
  for (const piece of PIECES) {
    for (const shape of [(run: string) => run, (run: string) => `<think>${run}x`, (run: string) => `[{"question": "${run}`]) {
      const text = shape(piece.repeat(LENGTH / piece.length));
      const started = performance.now();
      await read(text);
      expect(performance.now() - started, `${LENGTH} characters of ${JSON.stringify(piece)}`).toBeLessThan(LONGEST_MS);
    }
  }
});
