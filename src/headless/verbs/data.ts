/**
 * `data`: what the page's Data place knows about a dataset, by the same functions: rows as conversations, their languages, problems sentence for
 * sentence, and with a model how many tokens they are. Settings are the page's defaults; where a rendering
 * marks nothing as the assistant's (hf of gpt-oss), all tokens train. A file that is refused is one sentence and exit status 1.
 */
import { basename } from 'node:path';
import { encodeDataset } from '../../engine/batch/encode-dataset.ts';
import { countTrained, type EncodedDataset } from '../../engine/batch/encoded-dataset.ts';
import type { ChatFormat } from '../../engine/chat/format.ts';
import { openText, type TextModel } from '../../engine/chat/open-text.ts';
import { type Dataset, openDataset } from '../../engine/data/dataset.ts';
import { today } from '../../lib/dates.ts';
import { jsonText } from '../../lib/json-text.ts';
import { mergeProblems, throwProblems } from '../../lib/problems.ts';
import type { Message } from '../../protocol/conversation.ts';
import type { ColumnMapping, EncodingSettings, RowProblem } from '../../protocol/dataset.ts';
import { currentNames } from '../../protocol/saved.ts';
import { defaultSettings } from '../../protocol/setting-values.ts';
import { choiceOf, parseArguments } from '../arguments.ts';
import { isObject, readBytes, readJson, writeJson } from '../json-files.ts';
import { modelDirectory } from '../model-folder.ts';
import { nodeTemplates } from '../node-templates.ts';
import type { Runner } from '../runner.ts';

const spec = { dataset: 'required', model: 'optional', template: 'optional', map: 'optional', out: 'optional' } as const;

/** Without a model: rows are not rendered, and the names are those that there are. */
const ANY_FORMAT: Pick<ChatFormat, 'templates' | 'marked'> = {
  templates: ['hf', 'trl', 'prefix-preserving'],
  marked: ['trl', 'prefix-preserving'],
};

interface ReportedRow {
  readonly row: number;
  readonly messages: readonly Message[];
  readonly language?: string;
  readonly answer_language?: string;
  readonly tokens?: number;
  readonly trained_tokens?: number;
  readonly cut?: number;
  readonly trains: boolean;
}

export async function data(argv: readonly string[], runner: Runner): Promise<void> {
  const args = parseArguments('data', argv, spec);
  const text = args.model === undefined ? null : await openText(modelDirectory(args.model), nodeTemplates);
  const { templates, marked } = text?.format ?? ANY_FORMAT;
  const template = choiceOf('template', args.template ?? (templates.includes('trl') ? 'trl' : 'hf'), templates);
  const settings: EncodingSettings = { ...defaultSettings(today()).encoding, template, assistant_only_loss: marked.includes(template) };
  const mapping = args.map === undefined ? undefined : readMapping(args.map);
  const dataset = await openDataset(new Blob([readBytes(args.dataset)]), basename(args.dataset), { mapping, signal: runner.signal });
  const result = await report(dataset, settings, text, runner.signal);
  if (args.out === undefined) runner.print(jsonText(result));
  else writeJson(args.out, result);
}

async function report(dataset: Dataset, settings: EncodingSettings, text: TextModel | null, signal: AbortSignal): Promise<object> {
  const encoded = text && (await encodeDataset(dataset, settings, text, { signal }));
  if (!encoded) await dataset.survey({ signal });
  const { format, schema, columns, problems } = dataset.summary();
  const rows = await rowsOf(dataset, encoded, settings);
  const used = rows.filter(({ trains }) => trains).length;
  return {
    format,
    layout: schema,
    columns,
    rows,
    problems: [
      ...(schema === 'unknown' ? [unknownColumns(columns)] : []),
      ...mergeProblems(problems, encoded?.select(settings).statistics.problems ?? keepsThinking(settings)).map(sentenceOf),
    ],
    counts: { rows: rows.length, used, left_out: rows.length - used, cut: rows.filter(({ cut = 0 }) => cut > 0).length },
  };
}

async function rowsOf(dataset: Dataset, encoded: EncodedDataset | null, settings: EncodingSettings): Promise<ReportedRow[]> {
  const selection = encoded?.select(settings);
  const training = new Map(selection?.rows.map((row) => [row.row, row]));
  const reported: ReportedRow[] = [];
  for await (const { first, rows } of dataset.pieces()) {
    for (const [index, { row, conversation }] of rows.entries()) {
      const trained = training.get(row);
      const length = selection?.statistics.lengths[first + index] ?? 0;
      reported.push({
        row,
        messages: conversation?.messages.map(asRendered) ?? [],
        ...(conversation?.reasoning_language !== undefined && { language: conversation.reasoning_language }),
        ...(conversation?.answer_language !== undefined && { answer_language: conversation.answer_language }),
        ...(selection && {
          tokens: length,
          trained_tokens: trained ? countTrained(trained) : 0,
          cut: Math.max(0, length - settings.max_length),
        }),
        trains: selection ? trained !== undefined : conversation !== null,
      });
    }
  }
  return reported;
}

/** Without a model nothing is rendered; this template is known to keep the reasoning of every turn. */
function keepsThinking({ template }: EncodingSettings): [] | undefined {
  return template === 'prefix-preserving' ? [] : undefined;
}

/** The message as it goes into the template. */
function asRendered(message: Message): Message {
  if (!message.tool_calls) return message;
  return { ...message, tool_calls: message.tool_calls.map(({ arguments_text: _, ...call }) => call) };
}

function sentenceOf({ row, message }: RowProblem): { row: number; text: string } {
  return { row, text: message };
}

function unknownColumns(columns: readonly string[]): { row: null; text: string } {
  const shown = columns.slice(0, 20).map((column) => `"${column.slice(0, 60)}"`);
  const names = [...shown, ...(columns.length > 20 ? [`and ${columns.length - 20} more`] : [])].join(', ');
  return {
    row: null,
    text: `The columns ${names} are none that are known; say which is which with --map, for example {"user": ..., "content": ...}.`,
  };
}

const FIELDS: readonly (keyof ColumnMapping)[] = [
  ...(['reasoning_language', 'answer_language', 'developer', 'user', 'thinking', 'content'] as const),
  ...(['problem_english', 'solution_english', 'privileged_context'] as const),
];

/** Columns by hand, as the page's mapping keeps them, also under the names of earlier versions. */
function readMapping(path: string): ColumnMapping {
  const json = readJson(path);
  const problems: string[] = [];
  const given: object = isObject(json) ? currentNames(json as unknown as ColumnMapping) : {}; // its keys are checked below
  for (const [key, value] of Object.entries(given)) {
    if (!FIELDS.some((field) => field === key)) problems.push(`${key} is none of ${FIELDS.join(', ')}`);
    else if (typeof value !== 'string' || value === '') problems.push(`${key} is not the name of a column`);
  }
  for (const needed of ['user', 'content']) if (!(needed in given)) problems.push(`${needed} is missing`);
  throwProblems('SettingsError', `${path} is no mapping of columns`, problems, 'Give the name of a column for each.');
  return given as unknown as ColumnMapping; // every value is a text and the needed ones are there
}
