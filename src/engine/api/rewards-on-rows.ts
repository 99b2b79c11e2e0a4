/**
 * The rewards of a run tried on rows of the dataset before it: each row's own answer, written as the model writes, or a text that the user gives in its
 * place. Question, right answer and languages are read as the run reads them, and the same rewards judge.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { Segment } from '../../protocol/conversation.ts';
import { grpoDefaults } from '../../protocol/grpo.ts';
import type { RewardCell, TriedCell, Verdict } from '../../protocol/rewards.ts';
import type { TrainingSettings } from '../../protocol/training.ts';
import { type AskedRow, askedRow, promptIds } from '../batch/prompt-rows.ts';
import { inMode } from '../batch/thinking.ts';
import { withOwnLanguages } from '../chat/asked-languages.ts';
import { render } from '../chat/format.ts';
import type { TextModel } from '../chat/open-text.ts';
import { sampleOf } from '../generate/reply-sample.ts';
import { chooseRewards } from '../rewards/choose.ts';
import { paid } from '../rewards/combine.ts';
import { asCompletion, splitCompletion } from '../rewards/read-row.ts';
import type { Sample } from '../rewards/reward.ts';
import { RewardRunner } from '../rewards/score.ts';
import type { EngineState } from './engine-state.ts';

/** More is a run. */
const MOST_CELLS = 20;
/** Characters of a text; longer ones are no answer that a model writes. */
const LONGEST_TEXT = 200_000;

/** A row with what is judged of it, or why nothing is. */
interface Cell {
  readonly row: number;
  readonly found?: AskedRow;
  readonly own?: string;
  readonly sample?: Sample;
  readonly problem?: string;
}

export async function tryOnRows(engine: EngineState, settings: TrainingSettings, wanted: readonly RewardCell[]): Promise<TriedCell[]> {
  if (wanted.length > MOST_CELLS)
    throw new MotherTongueError('SettingsError', `${wanted.length} rows are many to try; give at most ${MOST_CELLS}.`);
  const own = { ...grpoDefaults, ...settings.grpo };
  const chosen = chooseRewards(own.reward_funcs, own.reward_settings);
  const cells: Cell[] = [];
  for (const one of wanted) cells.push(await cellOf(engine, settings, one));
  const samples = cells.flatMap(({ sample }) => (sample ? [sample] : []));
  const runner = new RewardRunner(engine.places.rewardThreads ?? null);
  try {
    const scored = await runner.score(samples, chosen, { max_completion_length: own.max_completion_length });
    const verdicts = scored.map((row) => row.map(withoutNumber));
    const values = paid(verdicts, chosen);
    const weights = chosen.map((_, at) => own.reward_weights?.[at] ?? 1);
    let at = 0;
    return cells.map((cell) => {
      if (!cell.sample) return shown(cell, [], []);
      const [judged, worth] = [verdicts[at]!, values[at]!];
      at += 1;
      return shown(
        cell,
        judged,
        worth.map((value, i) => (value === null ? null : value * weights[i]!)),
      );
    });
  } finally {
    runner.close();
  }
}

/** A function of one's own numbers what it was given; here the row stands above. */
function withoutNumber(verdict: Verdict): Verdict {
  return { ...verdict, why: verdict.why.replace(/^Row \d+: /, '') };
}

function shown({ row, found, own = '', sample, problem }: Cell, verdicts: TriedCell['verdicts'], values: TriedCell['paid']): TriedCell {
  const known = values.filter((value) => value !== null);
  return {
    row,
    question: found?.question ?? '',
    gold: sample?.row.gold ?? null,
    reasoning_language: found?.reasoning_language ?? null,
    answer_language: found?.answer_language ?? null,
    completion: sample?.completion ?? '',
    own,
    thinking: sample?.reasoning ?? '',
    content: sample?.answer ?? '',
    verdicts,
    paid: values,
    sum: known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0),
    ...(problem !== undefined && { problem }),
  };
}

async function cellOf(engine: EngineState, { encoding }: TrainingSettings, { index, completion }: RewardCell): Promise<Cell> {
  const { dataset } = engine.needData();
  const text = engine.needText();
  const [source] = await dataset.read(index, 1);
  if (!source) throw new MotherTongueError('DatasetError', `${dataset.name} has ${dataset.length} rows, not ${index + 1}.`);
  const found = await askedRow(source, encoding);
  if (found === null) return { row: source.row, problem: `Row ${source.row} cannot be read as a question.` };
  if (!('asked' in found)) return { row: source.row, problem: found.message };
  const prompt = await promptIds(found, encoding, text);
  const { asked: _, reply: __, ...judged } = found;
  const row = { ...judged, ids: prompt };
  const ids = await ownAnswer(found, prompt, encoding, text);
  const own = ids === null ? '' : text.tokenizer.decode(ids);
  const at = { row: source.row, found, own };
  if (completion !== undefined) return { ...at, sample: givenSample(completion, sampleOf(row, NOTHING, text.tokenizer), text) };
  if (ids === null) return { ...at, problem: `Row ${source.row} has no answer of its own; write one to judge.` };
  const stream = text.format.reply(text.tokenizer, prompt);
  stream.push(ids);
  stream.finish();
  const { thinking, content } = stream;
  return { ...at, sample: sampleOf(row, { ids, thinking, content, stop: 'eos' }, text.tokenizer) };
}

const NOTHING = { ids: [], thinking: '', content: '', stop: 'eos' } as const;

/** The row's last answer as the model would have written it after the prompt; null where it has none. */
async function ownAnswer(
  { asked, reply }: AskedRow,
  prompt: Uint32Array,
  encoding: TrainingSettings['encoding'],
  { tokenizer, format, identity }: TextModel,
): Promise<number[] | null> {
  if (reply === null) return null;
  const whole = withOwnLanguages({ ...asked, messages: [...asked.messages, reply] }, encoding);
  const thought = format.keepsThinking('hf') ? whole : inMode(whole, 'think', format, { template: 'hf' });
  const segments = await render(format, thought, { template: 'hf', date: encoding.date, model_identity: identity });
  const { ids } = tokenizer.encodeSegments(segments);
  if (prompt.every((id, at) => ids[at] === id)) return [...ids.subarray(prompt.length)];
  const { thinking = '', content = '' } = reply; // the template asks otherwise than it shows an answer
  return encodeSpelled(thinking ? asCompletion(thinking, content) : content, tokenizer);
}

/** A text as it stands, read by its own marks: `<think>` or channels, whichever it has. */
function givenSample(completion: string, row: Sample, { tokenizer }: TextModel): Sample {
  if (completion.length > LONGEST_TEXT)
    throw new MotherTongueError('SettingsError', `The text has ${completion.length} characters; give at most ${LONGEST_TEXT}.`);
  const { format_problem: _, ...rest } = row; // of what a model wrote
  return { ...rest, completion, ...splitCompletion(completion, row.prompt_opens_think), ids: encodeSpelled(completion, tokenizer) };
}

/** Ids of a text in which control tokens are spelled out. */
function encodeSpelled(text: string, tokenizer: TextModel['tokenizer']): number[] {
  const spellings = [...tokenizer.controls].sort((a, b) => b.length - a.length).map((one) => one.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pieces = spellings.length === 0 ? [text] : text.split(new RegExp(`(${spellings.join('|')})`));
  const segments = pieces
    .filter((piece) => piece !== '')
    .map((piece): Segment => {
      const special = tokenizer.controls.includes(piece);
      return { text: piece, special, channel: 'user', message: 0, assistant: true };
    });
  return [...tokenizer.encodeSegments(segments).ids];
}
