/** Prompts of student and teacher before a run of distillation: those of one row piece by piece, which languages a dataset has, and which rows give none. */

import { editedStrings } from '../../lib/cross-lingual/edited.ts';
import { afterAnalysisTurn, analysisTurn, studentTurn, type TurnPiece, teacherTurn } from '../../lib/cross-lingual/turns.ts';
import { MotherTongueError } from '../../lib/errors.ts';
import type { Message, Segment } from '../../protocol/conversation.ts';
import { distillationDefaults } from '../../protocol/distillation.ts';
import type { PreviewedRow, PromptFindings, PromptPiece, PromptPreview, PromptSource, PromptTurn } from '../../protocol/prompt-previews.ts';
import type { TrainingSettings } from '../../protocol/training.ts';
import { type DistillationPrompts, privilegedPrompts, problemPrompts } from '../batch/problem-prompts.ts';
import { privilegedRow, problemFinder } from '../batch/problem-rows.ts';
import { withOwnLanguages } from '../chat/asked-languages.ts';
import type { TextModel } from '../chat/open-text.ts';
import type { Dataset } from '../data/dataset.ts';
import { own, textOf } from '../data/fields.ts';
import { languageOfText } from '../data/file-language.ts';
import { type FoundProblem, nameOfLanguage } from '../data/read-problems.ts';
import type { DatasetRow } from '../data/to-conversation.ts';
import type { EngineState } from './engine-state.ts';
import { promptsOf } from './prompts.ts';

/** Problems of rows that are listed. */
const LISTED = 200;

/** The row at `index`, from 0. */
export async function previewPrompts(engine: EngineState, settings: TrainingSettings, index: number): Promise<PreviewedRow> {
  const { dataset } = engine.needData();
  const text = engine.needText();
  const [source] = await dataset.read(index, 1);
  if (!source) throw new MotherTongueError('DatasetError', `${dataset.name} has ${dataset.length} rows, not ${index + 1}.`);
  const prompts = { ...distillationDefaults, ...settings.distillation };
  if (dataset.problems === null) return privilegedPreview(dataset, source, settings, prompts, text);
  const found = problemFinder(dataset, dataset.problems, prompts)(source);
  const { date } = settings.encoding;
  return {
    row: source.row,
    prompts: await Promise.all(found.flatMap((one) => ('text' in one ? [problemPreview(one, prompts, text, date)] : []))),
    problems: found.flatMap((one) => ('text' in one ? [] : [one.message])),
  };
}

/** By the columns; of a column that says each row's language, by a sample of the rows. */
export async function promptSource(engine: EngineState): Promise<PromptSource> {
  const { dataset } = engine.needData();
  const { problems } = dataset;
  if (problems === null) return { languages: null, english: { problem: null, solution: null } };
  const { translations, own: ofRow, problem_english = null, solution_english = null } = problems;
  const codes = new Set(translations.map(({ language }) => language));
  if (ofRow) {
    if (ofRow.language !== null) codes.add(ofRow.language);
    for await (const { rows } of dataset.sample())
      for (const { raw } of rows) {
        const stated = raw && ofRow.languages.map((column) => textOf(own(raw, column))).find((value) => value?.trim());
        if (stated) codes.add(languageOfText(stated) ?? stated);
      }
  }
  return { languages: [...codes].map(nameOfLanguage), english: { problem: problem_english, solution: solution_english } };
}

/** As the run has them: read once for both. */
export async function promptFindings(engine: EngineState, settings: TrainingSettings): Promise<PromptFindings> {
  const { rows, problems } = await promptsOf(engine, settings);
  const languages: Record<string, number> = {};
  for (const { reasoning_language } of rows) languages[reasoning_language ?? ''] = (languages[reasoning_language ?? ''] ?? 0) + 1;
  return { prompts: rows.length, languages, problems: problems.slice(0, LISTED), left_out: problems.length };
}

async function problemPreview(found: FoundProblem, settings: DistillationPrompts, text: TextModel, date: string): Promise<PromptPreview> {
  const strings = editedStrings(found.language, settings.language_strings);
  const pair = await problemPrompts(found, settings, text, date);
  const opening = settings.student_enable_thinking ? [{ role: 'assistant', pieces: [piece('opening', strings.think_prefix)] }] : [];
  const teacher = pair.analysis
    ? [
        user(analysisTurn(found.text, strings, settings)),
        { role: 'assistant', pieces: [piece('analysis', '')] },
        user(afterAnalysisTurn(strings)),
      ]
    : [user(teacherTurn(found.text, strings, settings))];
  return {
    language: nameOfLanguage(found.language),
    student: [user(studentTurn(found.text, strings)), ...opening],
    teacher: [...teacher, ...opening],
    tokens: { student: countOf(pair.student, text), teacher: countOf(pair.teacher, text) },
  };
}

async function privilegedPreview(
  dataset: Dataset,
  source: DatasetRow,
  { encoding }: TrainingSettings,
  settings: DistillationPrompts,
  text: TextModel,
): Promise<PreviewedRow> {
  const column = dataset.privileged(settings.privileged_context);
  if (column === undefined) return { row: source.row, prompts: [], problems: [] };
  const found = await privilegedRow(source, column, encoding);
  if (found === null) return { row: source.row, prompts: [], problems: [`Row ${source.row} cannot be read as a question.`] };
  if (!('asked' in found)) return { row: source.row, prompts: [], problems: [found.message] };
  const asked = withOwnLanguages(found.asked, encoding);
  const pair = await privilegedPrompts(asked, found.context, settings, text, encoding.date);
  const last = asked.messages.findLastIndex(({ role }) => role === 'user');
  const turns = (pieces: PromptPiece[]): PromptTurn[] =>
    asked.messages.map((message, i) => (i === last ? { role: 'user', pieces } : plainTurn(message)));
  const question = asked.messages[last]?.content ?? '';
  const preview = {
    language: found.reasoning_language,
    student: turns([piece('problem', question)]),
    teacher: turns(templatePieces(settings.teacher_prompt_template, question, found.context)),
    tokens: { student: countOf(pair.student, text), teacher: countOf(pair.teacher, text) },
  };
  return { row: source.row, prompts: [preview], problems: [] };
}

/** The template with what stands in it, as `fromTemplate` fills it. */
function templatePieces(template: string, question: string, context: string): PromptPiece[] {
  return template
    .split(/(\{prompt\}|\{privileged_context\})/)
    .filter((part) => part !== '')
    .map((part) =>
      part === '{prompt}'
        ? piece('problem', question)
        : part === '{privileged_context}'
          ? piece('privileged', context)
          : piece('instruction', part),
    );
}

const piece = (part: PromptPiece['part'], text: string): PromptPiece => ({ part, text });
const user = (pieces: readonly TurnPiece[]): PromptTurn => ({ role: 'user', pieces });
const plainTurn = ({ role, content }: Message): PromptTurn => ({ role, pieces: [piece('problem', content ?? '')] });

function countOf(segments: readonly Segment[], { tokenizer }: TextModel): number {
  return tokenizer.encodeSegments(segments).ids.length;
}
