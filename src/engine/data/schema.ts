/**
 * Which columns of a dataset are what. Decided once per file from its column names and its first row's values, so that all rows are read the
 * same way; a row that does not fit is a problem with its number.
 */
import type { ColumnMapping, DatasetSchema } from '../../protocol/dataset.ts';
import { findKey, isBlank, isRecord, listOf, own, type Row, textOf } from './fields.ts';
import { languageNamed } from './language-names.ts';
import type { ProblemColumns } from './problem-columns.ts';

/** Column names by meaning. Beside a list of messages, `developers` become the first message and `reasoning` that of the last answer. */
export interface Layout {
  schema: DatasetSchema;
  messages?: string | undefined;
  prompt?: string | undefined;
  completion?: string | undefined;
  question?: string | undefined;
  /** Alpaca's `input`, and the passage that a question is about: more of the question, after an empty line. */
  context?: readonly string[];
  reasoning?: string | undefined;
  answer?: string | undefined;
  /** Columns of instructions, in falling authority. */
  developers?: readonly string[];
  language?: string | undefined;
  tools?: string | undefined;
  /** Alpaca's earlier turns: pairs of question and answer. */
  history?: string | undefined;
  /** KTO's mark: false where the answer is a bad one. */
  label?: string | undefined;
  /** Marks of rows whose answer is not to be learned, such as `weight` 0. */
  marks?: readonly string[];
  /** Of the answer, where it may be another than the reasoning's. */
  answerLanguage?: string | undefined;
  /** The language column is one by name or by the user's choice, so that a language that is not known is taken as written. */
  languageIsSure?: boolean;
  /** All names that were found; a field that comes later is in no column. */
  columns?: ReadonlySet<string>;
  /** Of problems in several languages; null: the file has none. */
  problems?: ProblemColumns | null;
  /** What a teacher alone sees, where it was chosen by hand. */
  privileged?: string | undefined;
}

const MESSAGES = ['messages', 'conversations', 'conversation', 'chat', 'dialogue', 'dialog'];
const QUESTIONS = ['question', 'problem', 'instruction', 'query', 'user', 'user_message', 'prompt', 'input'];
const ANSWERS = ['final', 'answer', 'response', 'output', 'solution', 'completion', 'final_answer', 'assistant', 'ground_truth', 'gold'];
const REASONINGS = [
  ...[
    'reasoning',
    'thinking',
    'analysis',
    'reasoning_content',
    'chain_of_thought',
    'cot',
    'complex_cot',
    'rationale',
    'thought',
    'thoughts',
  ],
  ...['reasoning_trace', 'reasoning_traces', 'reasoning_text', 'deepseek_reasoning', 'thinking_trajectory', 'thinking_trajectories'],
  ...['deepseek_thinking_trajectory', 'gemini_thinking_trajectory', 'thought_process', 'explanation'],
];
/** Too general to be an answer's reasoning where messages could have had it. */
const LOOSE_REASONINGS = new Set(['explanation', 'rationale']);
const DEVELOPERS = [
  ...['system', 'system_prompt', 'system_message', 'developer'],
  ...['system_instruction', 'system_instructions', 'systeminstruction', 'instructions'],
];
const CONTEXTS = ['input', 'context'];
const LANGUAGES = ['language', 'lang'];
const LABELS = ['label', 'kto_tag'];
/** What a teacher alone sees: rows of it need no answer. */
const PRIVILEGED = 'privileged_context';
const MARKS = ['weight', 'train', 'trainable'];
/** A column with one of these is about code. Some are also codes of languages (cs, ts), so that the others alone would not tell. */
const PROGRAMMING = new Set(
  'python java javascript typescript c c++ c# f# csharp cpp go golang rust ruby php sql bash shell html css swift kotlin scala perl lua matlab haskell json yaml javascriptreact jsx tsx js py rb'.split(
    ' ',
  ),
);

/** Names of fields that say how a row trains. A field beside them may be anything. */
const MEANINGFUL: ReadonlySet<string> = new Set([...MESSAGES, ...REASONINGS, ...DEVELOPERS, ...LABELS, ...MARKS, 'tools', 'history']);

/** The row's fields that would mean something and are in no column, because the rows that told the columns lack them. */
export function laterFields(row: Row, layout: Layout): string[] {
  const { columns, schema } = layout;
  return columns && schema !== 'mapped' ? Object.keys(row).filter((key) => !columns.has(key) && MEANINGFUL.has(key.toLowerCase())) : [];
}

/** `sample`: rows from which values are judged; `example` is the first of them. */
export function recogniseLayout(columns: readonly string[], example: Row, sample: readonly Row[] = [example]): Layout {
  const find = (keys: readonly string[]): string | undefined => findKey(columns, keys);
  const named = find(['reasoning_language']);
  const shared = {
    developers: findAll(columns, DEVELOPERS),
    language: named ?? find(LANGUAGES.filter((name) => holdsLanguages(sample, find([name])))),
    languageIsSure: named !== undefined,
    answerLanguage: find(['answer_language']),
    ...marksOf(columns),
  };
  const reasoning = findFilled(columns, REASONINGS, sample);
  const listed = find(['completion']) ? MESSAGES : [...MESSAGES, 'prompt']; // TRL's prompts that a model answers itself are messages too
  const messages = find(listed.filter((name) => holdsMessages(example, find([name]))));
  const thinking = { question: find(['user']), reasoning: find(['analysis']), answer: find(['final']) };
  if (find(['reasoning_language']) && (messages || (thinking.question && thinking.answer))) {
    return { schema: 'multilingual-thinking', ...shared, ...thinking, messages };
  }
  if (thinking.question && thinking.reasoning && thinking.answer)
    return { schema: 'multilingual-thinking', ...shared, ...thinking, messages };
  const strict = REASONINGS.filter((name) => !LOOSE_REASONINGS.has(name));
  if (messages) return { schema: 'messages', ...shared, messages, reasoning: findFilled(columns, strict, sample) };
  const [prompt, completion] = [find(['prompt']), find(['completion'])];
  if (prompt && completion)
    return { schema: 'prompt-completion', ...shared, prompt, completion, context: findAll(columns, CONTEXTS), reasoning };
  const question = find(QUESTIONS);
  const answer = find(ANSWERS.filter((name) => name !== question?.toLowerCase()));
  if (question && answer) {
    const context = findAll(columns, CONTEXTS).filter((column) => column !== question);
    return { schema: 'question-answer', ...shared, question, context, answer, reasoning };
  }
  if (question && find([PRIVILEGED])) return { schema: 'question-answer', ...shared, question };
  return { schema: 'unknown' };
}

/** Columns chosen by hand; what else says how a row trains counts as in the layouts that are known. */
export function mappedLayout(mapping: ColumnMapping, columns: readonly string[]): Layout {
  const { user: question, content: answer, thinking: reasoning, developer, reasoning_language: language, answer_language } = mapping;
  const chosen = new Set<string | undefined>(Object.values(mapping));
  const others = columns.filter((column) => !chosen.has(column));
  const developers = developer === undefined ? [] : [developer];
  const answerLanguage = answer_language ?? findKey(others, ['answer_language']);
  const columnsOf = { question, answer, reasoning, developers, language, languageIsSure: true, answerLanguage };
  return { schema: 'mapped', ...marksOf(others), ...columnsOf, privileged: mapping.privileged_context };
}

/** Columns that say something of a row beside its texts. */
function marksOf(columns: readonly string[]): Pick<Layout, 'tools' | 'history' | 'label' | 'marks'> {
  const find = (keys: readonly string[]): string | undefined => findKey(columns, keys);
  return { tools: find(['tools']), history: find(['history']), label: find(LABELS), marks: findAll(columns, MARKS) };
}

function findAll(columns: readonly string[], keys: readonly string[]): string[] {
  return keys.flatMap((key) => findKey(columns, [key]) ?? []);
}

/** The first of `keys` that has a value in some row of the sample; else the first that there is. */
function findFilled(columns: readonly string[], keys: readonly string[], sample: readonly Row[]): string | undefined {
  const present = findAll(columns, keys);
  return present.find((column) => sample.some((row) => !isEmpty(own(row, column)))) ?? present[0];
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (typeof value === 'string' && isBlank(value));
}

/** Whether most of a column's values name languages; a column without values is no evidence against it. */
function holdsLanguages(sample: readonly Row[], column: string | undefined): boolean {
  if (column === undefined) return false;
  const values = sample.map((row) => textOf(own(row, column))?.trim() ?? '').filter((text) => text !== '');
  if (values.some((text) => PROGRAMMING.has(text.toLowerCase()))) return false;
  return values.filter((text) => languageNamed(text) !== null).length * 2 >= values.length;
}

function holdsMessages(example: Row, column: string | undefined): boolean {
  if (column === undefined) return false;
  const list = listOf(own(example, column));
  // A first row whose list is null or empty is no evidence against the column.
  if (list === undefined) return own(example, column) === undefined;
  return list.every((entry) => isRecord(entry) && ['role', 'from'].some((key) => textOf(own(entry, key)) !== undefined));
}
