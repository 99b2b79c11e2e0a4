/**
 * The questions of all files of a set beside each other: ids that are the same problem in every language, rows that repeat others, and what does not
 * agree between languages. Nothing is left out or left unscored without a sentence.
 */

import { languageName } from '../../lib/language/index.ts';
import { letterBytes } from '../../lib/language/sentences.ts';
import type { Question, QuestionProblem } from '../../protocol/evaluation.ts';
import { groupAnswers } from '../rewards/accuracy/agree.ts';
import type { ReadQuestion } from './read-questions.ts';

export function settle(
  files: readonly (readonly ReadQuestion[])[],
  given: readonly QuestionProblem[],
): { questions: Question[]; problems: QuestionProblem[] } {
  const problems = [...given];
  const named = nameQuestions(files);
  const kept = withoutRepeats(named, problems);
  comparedAcross(kept, problems);
  const order = new Map(files.flat().map(({ file }, at) => [file, at]));
  problems.sort((one, other) => (order.get(one.file) ?? 0) - (order.get(other.file) ?? 0) || (one.row ?? 0) - (other.row ?? 0));
  return { questions: kept, problems };
}

/** Ids without what differs between languages, and with what tells files of one language apart. */
function nameQuestions(files: readonly (readonly ReadQuestion[])[]): Question[] {
  const perLanguage = new Map<string, number>();
  for (const [first] of files) if (first) perLanguage.set(first.language, (perLanguage.get(first.language) ?? 0) + 1);
  const several = [...perLanguage.values()].some((count) => count > 1);
  return files.flatMap((questions) => {
    const stem = several && questions[0] ? `${stemOf(questions[0].file, questions[0].language)}/` : '';
    return questions.map(({ ownId, ...question }) => ({
      ...question,
      id: ownId ? withoutLanguage(question.id, question.language) : `${stem}${question.id}`,
    }));
  });
}

/** PolyMath's "high-ar-0" is "high-0" in every language. */
function withoutLanguage(id: string, language: string): string {
  if (language === '') return id;
  const parts = id.split(/([-_./])/);
  const at = parts.findIndex((part) => part.toLowerCase() === language);
  if (at < 0 || parts.length < 3) return id;
  return [...parts.slice(0, Math.max(0, at === 0 ? 0 : at - 1)), ...parts.slice(at === 0 ? 2 : at + 1)].join('');
}

function stemOf(path: string, language: string): string {
  const stem = path.slice(path.lastIndexOf('/') + 1).replace(/\.[^.]+$/, '');
  return withoutLanguage(stem, language);
}

/** A question that comes again is left out; another question under its id gets an id of its own. */
function withoutRepeats(questions: readonly Question[], problems: QuestionProblem[]): Question[] {
  const byId = new Map<string, Question>();
  const texts = new Map<string, Question>();
  const kept: Question[] = [];
  for (const question of questions) {
    const say = (text: string, scored: boolean): void =>
      void problems.push({ file: question.file, row: question.row, text: `Row ${question.row} ${text}.`, scored });
    const key = JSON.stringify([question.language, question.id]);
    const textKey = JSON.stringify([question.language, plain(question.question)]);
    const before = byId.get(key);
    const same = texts.get(textKey);
    const where = (other: Question) => (other.file === question.file ? `row ${other.row}` : `row ${other.row} of ${other.file}`);
    if (before && plain(before.question) === plain(question.question)) {
      if (before.gold === question.gold) say(`repeats ${where(before)}, and is asked once`, false);
      else {
        say(
          `repeats ${where(before)} with another answer (${before.gold ?? 'none'} there, ${question.gold ?? 'none'} here), so neither is scored`,
          false,
        );
        before.gold = null;
      }
      continue;
    }
    let { id } = question;
    if (before) {
      for (let number = 2; byId.has(JSON.stringify([question.language, id])); number++) id = `${question.id} (${number})`;
      say(`has the id of ${where(before)} and another question; it is called ${id}`, true);
    } else if (same) say(`asks the same as ${where(same)}`, true);
    const one = { ...question, id };
    byId.set(JSON.stringify([one.language, id]), one);
    if (!same) texts.set(textKey, one);
    kept.push(one);
  }
  return kept;
}

const plain = (text: string): string => text.normalize('NFC').toLowerCase().replaceAll(/\s+/g, ' ').trim();

/** Languages of one problem: a text that was not translated, and golds that do not agree. */
function comparedAcross(questions: readonly Question[], problems: QuestionProblem[]): void {
  const byId = new Map<string, Question[]>();
  for (const question of questions) byId.set(question.id, [...(byId.get(question.id) ?? []), question]);
  for (const [id, group] of byId) {
    if (group.length < 2) continue;
    for (const [at, question] of group.entries()) {
      const other = group.slice(0, at).find((one) => plain(one.question) === plain(question.question));
      if (other && letterBytes(question.question) >= 6)
        problems.push(finding(question, `${called(id)} in ${question.language} is the ${nameOf(other)} text`));
    }
    const golds = [...new Set(group.flatMap(({ gold }) => (gold === null ? [] : [gold])))];
    if (golds.length > 1 && new Set(groupAnswers(golds, { machine: true })).size > 1)
      problems.push(
        finding(
          group.at(-1)!,
          `${called(id)} has ${golds.length === 2 ? 'two' : golds.length} golds: ${golds.join(' and ')} (${group.map(({ language }) => language).join(', ')})`,
        ),
      );
  }
}

const finding = ({ file, row }: Question, text: string): QuestionProblem => ({ file, row, text: `${text}.`, scored: true });
const called = (id: string): string => (/^\d+$/.test(id) ? `Question ${id}` : id);
const nameOf = ({ language }: Question): string => (/^[a-z]{2,3}$/.test(language) ? languageName(language) : language);
