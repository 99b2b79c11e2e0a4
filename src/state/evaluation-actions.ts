/** Actions of Evaluate: forecast, start, pause, go on; open a kept result, look at its answers, compare, export. */
import { engine } from '../client/engine.ts';
import type { HubDatasetOffer } from '../protocol/dataset.ts';
import { BASE, type ColumnOf, type EvaluationFormat, type EvaluationSettings, evaluationProblems } from '../protocol/evaluation-run.ts';
import { fittingAdapters } from './compare-rows.ts';
import { ANSWERS_A_PAGE, type AnswersView, evaluationStore, STANDING } from './evaluation.ts';
import { facts } from './facts.ts';
import { hubDataStore } from './hub-data.ts';
import { attempt } from './pending.ts';
import { settingsStore } from './settings.ts';

/** What is asked with the choices as they are; null where they cannot be asked. */
function settingsNow(): EvaluationSettings | null {
  const { chosen, set } = evaluationStore.getState();
  const { model } = facts.getState();
  const columns = columnsNow();
  const { date } = settingsStore.getState().settings.encoding;
  const languages = chosen.languages.filter((language) => set && language in set.languages);
  const settings = { ...chosen, languages, columns, date, ...(model?.thinking === 'switch' && { thinking: 'think' as const }) };
  return set && model && evaluationProblems(settings).length === 0 ? settings : null;
}

/** Of the chosen columns those that there are. */
function columnsNow(): string[] {
  const { columns } = evaluationStore.getState().chosen;
  const { adapter, kept } = facts.getState();
  const fitting = fittingAdapters(kept);
  const standing = adapter ? fitting.find((one) => one.standing)?.id : undefined;
  const ids = columns.map((column) => (column === STANDING ? standing : column));
  return [...new Set(ids)].filter((id): id is string => id === BASE || fitting.some((one) => one.id === id));
}

/** Clauses about the choices; none where they are good. */
export function chosenProblems(): string[] {
  return evaluationProblems({ ...evaluationStore.getState().chosen, columns: columnsNow(), date: '' });
}

export async function forecast(): Promise<void> {
  const settings = settingsNow();
  if (!settings) return evaluationStore.setState({ forecast: null });
  const found = await attempt('evaluate', 'forecast', () => engine().forecastEvaluation(settings), { quiet: ['SettingsError'] });
  evaluationStore.setState({ forecast: found ?? null });
}

export async function startEvaluation(): Promise<void> {
  const settings = settingsNow();
  if (settings) await run(() => engine().evaluate(settings));
}

export async function continueEvaluation(id: string): Promise<void> {
  await run(() => engine().continueEvaluation(id));
}

async function run(work: () => Promise<void>): Promise<void> {
  evaluationStore.setState({ view: null, answers: null });
  await attempt('evaluate', 'evaluate', work);
  await refresh();
}

export async function pauseEvaluation(): Promise<void> {
  await attempt('evaluate', 'pause-evaluation', () => engine().pauseEvaluation());
}

/** Ends it and deletes what it has; null where nothing could be deleted. */
export async function cancelEvaluation(): Promise<string | null> {
  const id = facts.getState().evaluation?.id;
  const gone = await attempt('evaluate', 'cancel-evaluation', async () => {
    await pauseEvaluation();
    return id !== undefined && (await deleteEvaluation(id));
  });
  return id !== undefined && gone ? id : null;
}

export async function openEvaluation(id: string): Promise<void> {
  evaluationStore.setState({ opened: id, table: null, pair: null, compared: null, beside: null, view: null, answers: null });
  await refresh();
}

/** Reads the figures of the opened result again; a table that comes late does not take the place of another's. */
async function refresh(): Promise<void> {
  const { opened } = evaluationStore.getState();
  if (opened === null) return;
  const table = await attempt('evaluate', 'evaluation-table', () => engine().evaluationTable(opened));
  if (evaluationStore.getState().opened !== opened || !table) return;
  evaluationStore.setState({ table });
  const { pair } = evaluationStore.getState();
  const [first, second] = table.columns;
  const standing =
    pair ??
    (first && second ? { first: { evaluation: opened, column: first.id }, second: { evaluation: opened, column: second.id } } : null);
  if (standing && table.record.phase !== 'running') await comparePair(standing.first, standing.second);
}

export async function comparePair(first: ColumnOf, second: ColumnOf): Promise<void> {
  evaluationStore.setState({ pair: { first, second } });
  const compared = await attempt('evaluate', 'compare-evaluated', () => engine().compareEvaluated(first, second));
  if (evaluationStore.getState().pair?.second === second) evaluationStore.setState({ compared: compared ?? null });
}

/** Another kept result beside the opened one; null: none. */
export async function putBeside(id: string | null): Promise<void> {
  const beside = id === null ? undefined : await attempt('evaluate', 'evaluation-table', () => engine().evaluationTable(id));
  evaluationStore.setState({ beside: beside ?? null, pair: null, compared: null });
  const { table } = evaluationStore.getState();
  if (!table) return;
  if (!beside) return refresh();
  const first = table.columns.at(-1);
  const second = beside.columns.find((column) => column.id === first?.id) ?? beside.columns.at(-1);
  if (first && second)
    await comparePair({ evaluation: table.record.id, column: first.id }, { evaluation: beside.record.id, column: second.id });
}

export async function lookAtAnswers(view: AnswersView | null): Promise<void> {
  const same = view?.evaluation === evaluationStore.getState().view?.evaluation;
  evaluationStore.setState({ view, ...(!same && { answers: null }) });
  if (!view) return evaluationStore.setState({ answers: null });
  const { page, ...rest } = view;
  const question = { ...rest, from: page * ANSWERS_A_PAGE, count: ANSWERS_A_PAGE };
  const answers = await attempt('evaluate', 'evaluation-answers', () => engine().evaluationAnswers(question));
  if (evaluationStore.getState().view === view) evaluationStore.setState({ answers: answers ?? null });
}

export async function exportEvaluation(id: string, format: EvaluationFormat): Promise<Blob | undefined> {
  return attempt('evaluate', 'export-evaluation', () => engine().exportEvaluation(id, format));
}

/** Which files of a dataset on the Hub could be questions. */
export async function hubQuestions(repository: string): Promise<HubDatasetOffer | undefined> {
  const { endpoint, token } = hubDataStore.getState();
  const about = { repository, revision: 'main', endpoint, ...(token && { token }) };
  return attempt('evaluate', 'hub-questions', () => engine().hubDataset(about));
}

export async function renameEvaluation(id: string, name: string): Promise<boolean> {
  const done = await attempt('evaluate', 'rename-evaluation', async () => {
    await engine().renameEvaluation(id, name);
    return true;
  });
  await refresh();
  return done === true;
}

export async function deleteEvaluation(id: string): Promise<boolean> {
  const done = await attempt('evaluate', 'delete-evaluation', async () => {
    await engine().deleteEvaluation(id);
    return true;
  });
  const { opened, beside } = evaluationStore.getState();
  if (done && opened === id) evaluationStore.setState({ opened: null, table: null, pair: null, compared: null, view: null, answers: null });
  if (done && beside?.record.id === id) evaluationStore.setState({ beside: null, pair: null, compared: null });
  return done === true;
}

export async function undeleteEvaluation(id: string): Promise<void> {
  await attempt('evaluate', 'delete-evaluation', () => engine().undeleteEvaluation(id));
}

/** What an earlier visit kept: what was deleted then is gone now, and the result that was open opens again. */
export async function listEvaluations(): Promise<void> {
  const kept = await attempt('evaluate', 'list-evaluations', () => engine().listEvaluations());
  if (!kept) return;
  const { opened } = evaluationStore.getState();
  if (opened !== null && !kept.some(({ id }) => id === opened)) evaluationStore.setState({ opened: null });
  const interrupted = kept.find(({ phase }) => phase === 'paused');
  if (evaluationStore.getState().opened === null && interrupted) evaluationStore.setState({ opened: interrupted.id });
  await refresh();
}

/** Follows the evaluation under way: its table is read again as answers come, and at its end. */
const EVERY_MS = 3000;

export function followEvaluations(): void {
  let reading = false;
  let last = 0;
  facts.subscribe(({ evaluation }, before) => {
    if (!evaluation || evaluation === before.evaluation) return;
    if (evaluation.id !== before.evaluation?.id || evaluationStore.getState().opened === null) {
      evaluationStore.setState({ opened: evaluation.id, table: null, pair: null, compared: null, beside: null });
    }
    if (evaluationStore.getState().opened !== evaluation.id || reading || Date.now() - last < EVERY_MS || evaluation.done === 0) return;
    reading = true;
    void refresh().finally(() => {
      reading = false;
      last = Date.now();
    });
  });
}
