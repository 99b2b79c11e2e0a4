/** Question sets from where the page has them: folders, pasted text, and what of them is asked. */
import { expect, it } from 'vitest';
import type { QuestionSource } from '../../protocol/evaluation.ts';
import { memoryStore } from '../files/byte-store.ts';
import { EngineState } from './engine-state.ts';
import { readQuestions } from './questions.ts';

const engine = new EngineState({ files: memoryStore() });
const read = (source: QuestionSource) => readQuestions(engine, source);
const file = (path: string, text: string) => ({ path, file: new Blob([text]) });

it('of a folder the test files are asked, a language each, by the names of its folders', async () => {
  const set = await read({
    kind: 'folder',
    name: 'afrimgsm',
    files: [
      file('README.md', '# AfriMGSM'),
      file('hau/dev.tsv', 'question\tanswer_number\nMisali?\t1\n'),
      file('hau/test.tsv', 'question\tanswer_number\nNawa?\t4\n'),
      file('yor/test.tsv', 'question\tanswer_number\nMélòó?\t4\n'),
    ],
  });
  expect(set.questions.map(({ language, id, gold }) => `${language}/${id} ${gold}`)).toEqual(['ha/1 4', 'yo/1 4']);
  expect(engine.questions).toBe(set);
  const alone = await read({ kind: 'folder', name: 'zul', files: [file('test.tsv', 'Mangaki?\t4\nMalini?\t5\n')] });
  expect(alone.languages).toEqual({ zu: 2 });
  await expect(read({ kind: 'folder', name: 'empty', files: [file('README.md', '#')] })).rejects.toThrow(
    'empty holds no file of questions',
  );
});

it('pasted text is a table, JSON Lines or JSON, and without answers it is refused', async () => {
  const golds = async (text: string) => (await read({ kind: 'pasted', text })).questions.map(({ gold }) => gold);
  expect(await golds('Was ist 1+1?\t2\r\nWas ist 2+2?\t4')).toEqual(['2', '4']);
  expect(await golds('question;answer\nWas ist 1,5+1?;2,5')).toEqual(['2,5']);
  expect(await golds('{"question": "Was ist 1+1?", "answer": 2}\n{"question": "Und 2+2?", "answer": 4}')).toEqual(['2', '4']);
  expect(await golds('[{"question": "Was ist 1+1?", "answer": 2}]')).toEqual(['2']);
  await expect(read({ kind: 'pasted', text: 'Was ist 1+1?\nWas ist 2+2?' })).rejects.toThrow('no answers: nothing can be scored');
  await expect(read({ kind: 'pasted', text: ' \n' })).rejects.toThrow('There is no text');
});

it('a set that cannot be read leaves the one before', async () => {
  const before = await read({ kind: 'pasted', text: 'Was ist 1+1?\t2\nWas ist 2+2?\t4' });
  await expect(read({ kind: 'file', name: 'a.tsv', file: new Blob(['Was ist 1+1?\n']) })).rejects.toThrow(
    'a.tsv has one column and no answers',
  );
  expect(engine.questions).toBe(before);
});
