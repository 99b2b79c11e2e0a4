/** The languages in question are the question's own, those asked for beside it, and the dataset's. */
import { expect, it } from 'vitest';
import { languageShare } from '../../lib/language/index.ts';
import type { EngineState } from './engine-state.ts';
import { inQuestion, languagesOf, replyAdherence } from './in-question.ts';

function engineWith(languages: Record<string, number> | null): EngineState {
  const data = languages && { dataset: { summary: () => ({ languages }) } };
  return { data } as unknown as EngineState; // all that it reads of the engine
}

it('names them, the dataset’s as far as sentences can be told apart', async () => {
  const engine = engineWith({ Swahili: 3, Zulu: 2 });
  expect(await inQuestion(engine, 'Wie viel ist 40 plus 9?', ['Hausa', null])).toEqual(['de', 'Hausa', 'Swahili', 'Zulu']);
  expect(await inQuestion(engineWith(null), '40 + 9 = ?', [])).toEqual([]);
  const many = Object.fromEntries(Array.from({ length: 30_000 }, (_, i) => [`Language ${i}`, 1]));
  expect((await inQuestion(engineWith(many), '2 + 2', [])).length).toBeLessThan(100);
});

it('tells a short thought in a language of the dataset from the one that was asked for', async () => {
  const thought = 'Kwa hiyo jibu ni ishirini na nne.';
  const among = await inQuestion(engineWith({ Swahili: 3 }), 'How much is it?', ['Zulu']);
  expect(await languageShare(thought, 'Zulu', among)).toEqual({ share: 0 });
  expect(await languageShare(thought, 'Swahili', among)).toEqual({ share: 1 });
});

it('judges thought and answer, each by its own language, and says nothing of what was not asked for', async () => {
  const reply = { thinking: 'Ich zähle zwei und zwei zusammen.', content: 'Il reste quatre pommes.' };
  const of = (reasoning_language: string | null, answer_language?: string) =>
    replyAdherence(reply, { reasoning_language, ...(answer_language && { answer_language }) }, []);
  expect(await of('German')).toEqual({ share: 1 });
  expect(await of(null)).toEqual({});
  expect(await of('German', 'French')).toEqual({ share: 1, answer_share: 1 });
  expect(await of('French', 'German')).toEqual({ share: 0, answer_share: 0 });
  expect(await of(null, 'French')).toEqual({ answer_share: 1 });
  expect(await replyAdherence({ ...reply, content: '4' }, { reasoning_language: 'German', answer_language: 'French' }, [])).toEqual({
    share: 1,
    answer_share: null,
    answer_unjudged: 'no-letters',
  });
  expect(languagesOf({ reasoning_language: null, answer_language: 'French' })).toEqual(['French']);
});
