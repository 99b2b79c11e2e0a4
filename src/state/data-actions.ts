/**
 * Actions about datasets: read one, fetch rows as the list scrolls, look at a row, count tokens.
 * The row and the counts follow the settings: whatever changes how rows become tokens counts again, after a short pause.
 */
import { engine } from '../client/engine.ts';
import { MotherTongueError } from '../lib/errors.ts';
import type { ColumnMapping, DatasetSource, DatasetSummary } from '../protocol/dataset.ts';
import { type ChosenSource, dataStore, forgetRows, placeRows } from './data.ts';
import { facts, planUnderWay } from './facts.ts';
import { attempt, wasCancelled } from './pending.ts';
import { forget, keep, kept } from './records.ts';
import { settingsStore, settingsToTrain } from './settings.ts';

export const PAGE_ROWS = 200;
const LARGEST_KEPT_FILE = 256 * 2 ** 20;

/** The file behind a dropped dataset, so that mapping columns can read it again. */
let openFile: { name: string; file: Blob } | null = null;

/** Or what a model made here: the kept traces of a set. */
type OpenedSource = DatasetSource | { kind: 'traces'; id: string; name: string };

/** Reads a dataset; its rows follow when the engine says that it is there (see `followDataset`). True when it was read. */
export async function readDataset(source: OpenedSource, mapping?: ColumnMapping): Promise<boolean> {
  const read = await attempt('data', 'read-dataset', () => reading(source, mapping), { again: () => readDataset(source, mapping) });
  if (!read) return false;
  const chosen = chosenBy(source);
  openFile = source.kind === 'file' ? { name: source.name, file: source.file } : null;
  dataStore.setState({ source: chosen, mapping: mapping ?? null });
  if (openFile && openFile.file.size <= LARGEST_KEPT_FILE) void keep('dataset', openFile);
  else void forget('dataset');
  return true;
}

function reading(source: OpenedSource, mapping?: ColumnMapping): Promise<DatasetSummary> {
  return source.kind === 'traces' ? engine().openTraces(source.id) : engine().readDataset(source, mapping);
}

function chosenBy(source: OpenedSource): ChosenSource {
  if (source.kind === 'file') return { kind: 'file', name: source.name };
  if (source.kind !== 'hub') return source;
  const { path, repository, revision, endpoint } = source; // never the token
  return { kind: 'hub', path, repository, revision, endpoint };
}

/** Whether a dataset is the one that is open; a summary of it that knows more is another object. */
function isOpen(dataset: DatasetSummary): boolean {
  return facts.getState().dataset?.id === dataset.id;
}

/** When another dataset is there: forget the old rows, read the first ones and look at one; the first time, the one looked at last. */
export function followDataset(): void {
  let remembered = dataStore.getState().selected;
  facts.subscribe((now, before) => {
    const { dataset } = now;
    if (dataset?.id === before.dataset?.id) return;
    const wanted = remembered;
    remembered = null;
    forgetRows();
    void loadRows(0).then(() => {
      const first = dataStore.getState().rows[0]?.row;
      const row = wanted ?? first;
      if (row !== undefined && dataset && isOpen(dataset)) selectRow(row);
    });
  });
}

/** Reads the standing source again with the columns the user chose. */
export async function mapColumns(mapping: ColumnMapping): Promise<void> {
  const { source } = dataStore.getState();
  if (source.kind !== 'file') await readDataset(source, mapping);
  else if (openFile) await readDataset({ kind: 'file', ...openFile }, mapping);
}

/** At the start of a visit, or for another engine: the dataset of the last one, or the bundled one where that is gone. */
export async function reopenDataset(): Promise<void> {
  const { source, mapping } = dataStore.getState();
  const file = source.kind === 'file' ? (openFile ?? (await kept('dataset'))) : undefined;
  if (source.kind === 'file' && !file) {
    await attempt('data', 'reopen-dataset', () =>
      Promise.reject(
        new MotherTongueError(
          'FileError',
          `${source.name} was not kept between visits (it is too large, or site data was cleared), so the bundled dataset is open; drop the file again to go on with it.`,
        ),
      ),
    );
  }
  const again: OpenedSource = source.kind === 'file' ? (file ? { kind: 'file', ...file } : { kind: 'bundled' }) : source;
  const read = await readDataset(again, mapping && again.kind === source.kind ? mapping : undefined);
  if (!read && again.kind !== 'bundled' && !wasCancelled('read-dataset')) await readDataset({ kind: 'bundled' });
}

/** Pages under way of the dataset that was asked last, so that a new dataset never waits for an old one's page. */
let asked = { id: '', pages: new Set<number>() };

/** Fetches the page of rows that holds `position`, once. */
export async function loadRows(position: number): Promise<void> {
  const { dataset } = facts.getState();
  const start = Math.floor(position / PAGE_ROWS) * PAGE_ROWS;
  const { rows } = dataStore.getState();
  if (!dataset || start >= dataset.rows || rows[start]) return;
  if (asked.id !== dataset.id) asked = { id: dataset.id, pages: new Set() };
  const { pages } = asked;
  if (pages.has(start)) return;
  pages.add(start);
  try {
    const page = await attempt('data', 'read-rows', () => engine().rows(start, Math.min(PAGE_ROWS, dataset.rows - start)));
    if (page && isOpen(dataset)) placeRows(start, page);
  } finally {
    pages.delete(start);
  }
}

const FILTER_ROWS = 5000;

/** Shows only rows of one language; null shows all. The summaries that are still missing are fetched first, in large pieces. */
export async function filterLanguage(language: string | null): Promise<void> {
  dataStore.setState({ language });
  const { dataset } = facts.getState();
  if (language === null || !dataset) return;
  await attempt('data', 'filter', async () => {
    for (let start = 0; start < dataset.rows; start += FILTER_ROWS) {
      const count = Math.min(FILTER_ROWS, dataset.rows - start);
      const { rows } = dataStore.getState();
      if (Array.from({ length: count }, (_, i) => rows[start + i]).every((row) => row !== undefined)) continue;
      const page = await engine().rows(start, count);
      if (!isOpen(dataset) || dataStore.getState().language === null) return;
      placeRows(start, page);
    }
  });
}

export function selectRow(row: number): void {
  dataStore.setState({ selected: row });
  void refreshDetail();
}

/** No news: without a model there may be no tokenizer yet, and what is wrong with the settings stands beside them on Train. Both are asked again. */
const EXPECTED = ['StateError', 'DeviceError', 'SettingsError'];

async function refreshDetail(): Promise<void> {
  const { selected } = dataStore.getState();
  if (selected === null || !facts.getState().dataset) return;
  const { encoding } = settingsStore.getState().settings;
  const detail = await attempt('data', 'read-row', () => engine().row(selected, encoding), { quiet: EXPECTED });
  if (detail && dataStore.getState().selected === selected) dataStore.setState({ detail });
}

async function refreshStatistics(): Promise<void> {
  const { dataset } = facts.getState();
  if (!dataset || dataset.schema === 'unknown') return;
  const { encoding } = settingsToTrain(settingsStore.getState().settings, dataset);
  const statistics = await attempt('data', 'count-tokens', () => engine().tokenStatistics(encoding), { quiet: EXPECTED });
  if (statistics && isOpen(dataset)) dataStore.setState({ statistics });
}

/** After counting was cancelled; a new summary of the dataset comes when it is done. */
export async function countAgain(): Promise<void> {
  const { encoding } = settingsToTrain(settingsStore.getState().settings, facts.getState().dataset);
  await attempt('data', 'count-again', () => engine().countAgain(encoding));
}

const COUNT_AFTER_MS = 250;

/** Asks again whenever the dataset or what is known of it, the model (its tokenizer) or the way rows become tokens changes. */
export function runStatisticsWatch(): void {
  let last = '';
  let lastDataset: unknown = null;
  let lastModel: unknown = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    const { dataset, model } = facts.getState();
    const encoding = JSON.stringify(settingsStore.getState().settings.encoding);
    if (!dataset || planUnderWay()) return; // rows of a stage are encoded as its run has them
    if (encoding === last && dataset === lastDataset && model === lastModel) return;
    [last, lastDataset, lastModel] = [encoding, dataset, model];
    clearTimeout(timer);
    timer = setTimeout(() => {
      void refreshStatistics();
      void refreshDetail();
    }, COUNT_AFTER_MS);
  };
  facts.subscribe(look);
  settingsStore.subscribe(look);
  look();
}
