/** Actions of making rows with a model: forecast, start, pause, go on; look at a kept set and its traces, open it as the dataset, export, rename, delete. */
import { engine } from '../client/engine.ts';
import { traceProblems } from '../protocol/trace-settings.ts';
import { PEER, type TraceChoice, type TraceExport, type TraceSettings } from '../protocol/traces.ts';
import { readDataset } from './data-actions.ts';
import { facts } from './facts.ts';
import { attempt } from './pending.ts';
import { settingsStore, settingsToTrain } from './settings.ts';
import { allTraces, generatorNow, TRACES_A_PAGE, type TracesView, tracesStore } from './traces.ts';

/** What is chosen, with how Train makes prompts of rows. */
function settingsNow(): TraceSettings {
  const { chosen } = tracesStore.getState();
  const now = facts.getState();
  const { encoding } = settingsToTrain(settingsStore.getState().settings, now.dataset);
  return { ...chosen, generator: generatorNow(chosen.generator, now), encoding };
}

/** Clauses about the choices; none where they are good. */
export function chosenTracesProblems(): string[] {
  return traceProblems(settingsNow()).map(({ problem }) => problem);
}

/** What is wrong with one choice, as a sentence; '' where nothing is. */
export function tracesProblemAt(path: string): string {
  const found = traceProblems(settingsNow()).filter((one) => one.path === path);
  return found.map(({ problem }) => `${problem}.`).join(' ');
}

/** No news: what is missing stands at the start button. */
const EXPECTED = ['SettingsError', 'StateError', 'DeviceError'];

export async function forecastTraces(): Promise<void> {
  const { dataset, model } = facts.getState();
  const settings = settingsNow();
  const answers = model !== null || settings.generator === PEER;
  if (!dataset || dataset.schema === 'unknown' || !answers || chosenTracesProblems().length > 0)
    return tracesStore.setState({ forecast: null });
  const found = await attempt('data', 'forecast-traces', () => engine().forecastTraces(settings), { quiet: EXPECTED });
  tracesStore.setState({ forecast: found ?? null });
}

export async function startTraces(): Promise<void> {
  await run(() => engine().makeTraces(settingsNow()));
}

export async function continueTraces(id: string): Promise<void> {
  await run(() => engine().continueTraces(id));
}

async function run(work: () => Promise<unknown>): Promise<void> {
  await attempt('data', 'make-traces', work);
  await refreshTraces();
}

export async function pauseTraces(): Promise<void> {
  await attempt('data', 'pause-traces', () => engine().pauseTraces());
}

/** Ends it and deletes what it has; null where nothing could be deleted. */
export async function cancelTraces(): Promise<string | null> {
  const id = facts.getState().traces?.id;
  const gone = await attempt('data', 'cancel-traces', async () => {
    await pauseTraces();
    return id !== undefined && (await deleteTraces(id));
  });
  return id !== undefined && gone ? id : null;
}

export async function lookAtSet(id: string): Promise<void> {
  tracesStore.setState({ opened: id, view: allTraces, shown: null });
  await refreshTraces();
}

/** Which traces of the opened set; `go`: the page goes there. */
export async function lookAtTraces(view: TracesView, go = false): Promise<void> {
  tracesStore.setState(({ asked }) => ({ view, asked: go ? asked + 1 : asked }));
  await refreshTraces();
}

/** Reads the page of traces again; one that comes late does not take the place of another. */
async function refreshTraces(): Promise<void> {
  const { opened: id, view } = tracesStore.getState();
  if (id === null) return;
  const { page, ...rest } = view;
  const question = { id, ...rest, from: page * TRACES_A_PAGE, count: TRACES_A_PAGE };
  const shown = await attempt('data', 'shown-traces', () => engine().shownTraces(question));
  const now = tracesStore.getState();
  if (shown && now.opened === id && now.view === view) tracesStore.setState({ shown });
}

/** Other choices among the traces that there are. */
export async function reselectTraces(id: string, choice: TraceChoice): Promise<void> {
  await attempt('data', 'reselect-traces', () => engine().reselectTraces(id, choice));
  tracesStore.setState(({ view }) => ({ view: { ...view, page: 0 } }));
  await refreshTraces();
}

/** The kept traces are the dataset from now on, also at the next visit. */
export async function openTraces(id: string): Promise<boolean> {
  const name = facts.getState().traceSets?.sets.find((set) => set.id === id)?.name ?? '';
  return readDataset({ kind: 'traces', id, name });
}

export async function exportTraces(id: string, what: TraceExport): Promise<Blob | undefined> {
  return attempt('data', 'export-traces', () => engine().exportTraces(id, what));
}

async function done(action: string, work: () => Promise<void>): Promise<boolean> {
  const finished = await attempt('data', action, async () => {
    await work();
    return true;
  });
  return finished === true;
}

export async function renameTraces(id: string, name: string): Promise<boolean> {
  return done('rename-traces', () => engine().renameTraces(id, name));
}

export async function deleteTraces(id: string): Promise<boolean> {
  const deleted = await done('delete-traces', () => engine().deleteTraces(id));
  if (deleted && tracesStore.getState().opened === id) tracesStore.setState({ opened: null, view: allTraces, shown: null });
  return deleted;
}

export async function undeleteTraces(id: string): Promise<void> {
  await done('delete-traces', () => engine().undeleteTraces(id));
}

/** What an earlier visit kept: the set that was looked at is looked at again, else one that was interrupted. */
export async function listTraces(): Promise<void> {
  const kept = await attempt('data', 'list-traces', () => engine().listTraces());
  if (!kept) return;
  const { opened } = tracesStore.getState();
  const there = kept.some(({ id }) => id === opened);
  const interrupted = kept.find(({ phase }) => phase === 'paused');
  if (!there) tracesStore.setState({ opened: interrupted?.id ?? null, view: allTraces, shown: null });
  await refreshTraces();
}

/** Follows the one under way: its traces are read again as they come. */
const EVERY_MS = 3000;

export function followTraces(): void {
  let reading = false;
  let last = 0;
  facts.subscribe(({ traces }, before) => {
    if (!traces || traces === before.traces) return;
    if (traces.id !== before.traces?.id || tracesStore.getState().opened === null)
      tracesStore.setState({ opened: traces.id, view: allTraces, shown: null });
    if (tracesStore.getState().opened !== traces.id || reading || Date.now() - last < EVERY_MS || traces.done === 0) return;
    reading = true;
    void refreshTraces().finally(() => {
      reading = false;
      last = Date.now();
    });
  });
}
