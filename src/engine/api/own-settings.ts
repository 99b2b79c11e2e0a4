/**
 * settings.json of a model's folder: our own file, that recommends a run and example questions; only the bundled model has one so far. The model opens
 * whatever it contains: what cannot be used is left out, with a sentence that names the file, the key and what is allowed.
 */
import { readNamed } from '../../protocol/named-settings.ts';
import { isRecord, show, text } from '../../protocol/rules.ts';
import type { SettingLimits } from '../../protocol/setting-row.ts';
import { settings as rows } from '../../protocol/settings.ts';
import type { Directory } from '../files/source.ts';

export interface OwnSettings {
  readonly about?: string;
  /** By their TRL and PEFT names; all of them can be used with this model. */
  readonly recommended?: Record<string, unknown>;
  readonly questions: readonly string[];
  /** What was left out, a sentence each. */
  readonly notes: readonly string[];
}

const FILE = 'settings.json';
const LARGEST = 2 ** 20;
const MOST_NOTES = 6;
const KEYS = ['about', 'settings', 'questions'];
const ABOUT = text(5000);
const QUESTION = text(10_000);

export async function readOwnSettings(directory: Directory, limits: SettingLimits): Promise<OwnSettings> {
  if (!directory.list().includes(FILE)) return { questions: [], notes: [] };
  const where = `${FILE} of ${directory.name}`;
  const refused = (why: string): OwnSettings => ({ questions: [], notes: [`${where} ${why}; the page’s own settings are used instead.`] });
  const file = directory.open(FILE);
  if (file.size > LARGEST) return refused('is larger than 1 MiB');
  const given = parsed(new TextDecoder().decode(await file.read(0, file.size)));
  if (given === undefined) return refused('is not valid JSON');
  if (!isRecord(given)) return refused(`must be an object and is ${show(given)}`);
  return checked(given, where, limits);
}

/** undefined where it is no JSON. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}

function checked(given: Readonly<Record<string, unknown>>, where: string, limits: SettingLimits): OwnSettings {
  const { about, settings = {}, questions = [] } = given;
  const problems = Object.keys(given).flatMap((key) => (KEYS.includes(key) ? [] : [`${key} is none of the keys ${KEYS.join(', ')}`]));
  const aboutProblems = about === undefined ? [] : ABOUT.problems('about', about);
  const named = isRecord(settings) ? readNamed(settings, limits) : null;
  const recommended = [...(named?.values ?? [])].map(([path, value]) => [rows.find((row) => row.path === path)!.name, value]);
  const asked = Array.isArray(questions) ? questions.map((question, i) => readQuestion(question, `questions[${i}]`)) : [];
  problems.push(
    ...aboutProblems,
    ...(named ? named.problems.map((problem) => `settings: ${problem}`) : [`settings is ${show(settings)} and must be an object`]),
    ...(Array.isArray(questions) ? asked.flatMap((one) => one.problems) : [`questions is ${show(questions)} and must be a list`]),
  );
  return {
    ...(typeof about === 'string' && aboutProblems.length === 0 && { about }),
    ...(recommended.length > 0 && { recommended: Object.fromEntries(recommended) as Record<string, unknown> }),
    questions: asked.flatMap(({ user }) => (user === null ? [] : [user])),
    notes: sentences(problems, where),
  };
}

function readQuestion(question: unknown, name: string): { user: string | null; problems: string[] } {
  if (!isRecord(question)) return { user: null, problems: [`${name} is ${show(question)} and must be an object with the key user`] };
  const { user } = question;
  const problems = QUESTION.problems(`${name}.user`, user);
  if (typeof user !== 'string' || problems.length > 0) return { user: null, problems };
  return user.trim() === '' ? { user: null, problems: [`${name}.user is empty`] } : { user, problems };
}

function sentences(problems: readonly string[], where: string): string[] {
  const shown = problems.slice(0, MOST_NOTES).map((problem) => `${where}: ${problem}; it is left out.`);
  const more = problems.length - shown.length;
  return more === 0 ? shown : [...shown, `${where}: ${more} more ${more === 1 ? 'entry is' : 'entries are'} left out.`];
}
