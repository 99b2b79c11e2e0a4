/**
 * The first second of a visit: recall what was kept, connect the engine, load the model and the dataset, and keep things as they change. What was
 * chosen earlier comes back; what cannot (a folder that needs permission first) is replaced by the bundled one. The engine restores the adapter and
 * an interrupted run with the model they belong to.
 */
import { connect } from '../client/engine.ts';
import { currentNames } from '../protocol/saved.ts';
import { chosenModelStore, freshChosenModel } from './chosen-model.ts';
import { askLanguagesOf, askTrainedLanguages, compareStore, freshCompare, recalledCompare } from './compare.ts';
import { type DataState, dataStore, freshData, recalledSource } from './data.ts';
import { followDataset, reopenDataset, runStatisticsWatch } from './data-actions.ts';
import { noteSilence } from './engine-health.ts';
import { evaluationStore, freshEvaluation, recalledEvaluation } from './evaluation.ts';
import { followEvaluations, listEvaluations } from './evaluation-actions.ts';
import { apply, type Facts, facts, planUnderWay, restore } from './facts.ts';
import { startGuards } from './guards.ts';
import { freshHub, hubStore, keptHub } from './hub.ts';
import { listCachedModels } from './hub-actions.ts';
import { runLengthWatch } from './length-actions.ts';
import { runMergeWatch } from './merge-actions.ts';
import { keepTemplates, reopenModel } from './model-actions.ts';
import { attempt } from './pending.ts';
import { recall, remember } from './persist.ts';
import { freshPlanning, keptPlanning, planningStore, recalledPlanning } from './planning.ts';
import { runPublishWatch } from './publish-actions.ts';
import { reopenQuestions } from './question-actions.ts';
import { keep, kept } from './records.ts';
import { listLibrary, purgeRuns } from './run-actions.ts';
import { adoptDataset, adoptModel, freshSettings, type KeptSettings, keptSettings, recalledSettings, settingsStore } from './settings.ts';
import { listPlans } from './stage-actions.ts';
import { freshStages, recalledStages, stagesStore } from './stages.ts';
import { freshTraces, recalledTraces, tracesStore } from './traces.ts';
import { followTraces, listTraces } from './traces-actions.ts';
import { runReadinessWatch } from './train-actions.ts';
import { freshView, viewStore } from './view.ts';

export async function boot(): Promise<void> {
  recallChoices();
  rememberChoices();
  await restoreRecords();
  facts.subscribe(onFacts);
  keepTemplates();
  const started = await attempt('model', 'start', async () => {
    await connect((events) => apply(...events), noteSilence);
    return true;
  });
  if (!started) return;
  keepRecords();
  startGuards();
  followDataset();
  runStatisticsWatch();
  runReadinessWatch();
  runMergeWatch();
  runLengthWatch();
  runPublishWatch();
  followEvaluations();
  followTraces();
  await Promise.all([reopenModel(), reopenDataset(), reopenQuestions()]);
  await Promise.all([listCachedModels(), purgeRuns(), listEvaluations(), listTraces(), listPlans()]);
  if (facts.getState().keptRuns === null) await listLibrary();
}

function recallChoices(): void {
  settingsStore.setState(
    recalledSettings(recall<KeptSettings>('settings', { ...keptSettings(freshSettings), lengthByHand: null, settings: {} })),
    true,
  );
  compareStore.setState(recalledCompare(recall('compare', freshCompare)), true);
  const { chosen, opened, figure } = freshEvaluation;
  evaluationStore.setState(recalledEvaluation(recall('evaluation', { chosen, opened, figure })));
  const made = recall('traces', { chosen: freshTraces.chosen, opened: freshTraces.opened });
  tracesStore.setState(recalledTraces(made));
  viewStore.setState(recall('view', freshView), true);
  stagesStore.setState(recalledStages(recall('stages', freshStages)), true);
  chosenModelStore.setState(recall('model', freshChosenModel), true);
  hubStore.setState({ ...freshHub, ...recall('hub', keptHub(freshHub)) }, true);
  planningStore.setState(recalledPlanning(recall('planning', keptPlanning(freshPlanning))), true);
  const data = recall<Omit<DataState, 'source'> & { source: unknown }>('data', { ...freshData, source: null });
  const mapping = data.mapping && currentNames(data.mapping);
  dataStore.setState({ ...data, source: recalledSource(data.source), mapping, rows: [], detail: null, statistics: null }, true);
}

function rememberChoices(): void {
  remember(settingsStore, 'settings', keptSettings);
  remember(compareStore, 'compare', ({ request: _request, ...rest }) => rest);
  remember(evaluationStore, 'evaluation', ({ chosen, opened, figure }) => ({ chosen, opened, figure }));
  remember(tracesStore, 'traces', ({ chosen, opened }) => ({ chosen, opened }));
  remember(viewStore, 'view', (state) => state);
  remember(stagesStore, 'stages', (state) => state);
  remember(chosenModelStore, 'model', (state) => state);
  remember(hubStore, 'hub', keptHub);
  remember(planningStore, 'planning', keptPlanning);
  remember(dataStore, 'data', ({ source, mapping, view, selected }) => ({ source, mapping, view, selected }));
}

async function restoreRecords(): Promise<void> {
  const [run, asked] = await Promise.all([kept('run'), kept('answers')]);
  restore({ run: run ?? null, answers: asked ? { [asked.request.id]: asked.answers } : {} });
  if (asked) compareStore.setState({ request: asked.request });
}

/** What follows from new facts without anybody pressing anything. */
function onFacts(now: Facts, before: Facts): void {
  if (now.model && now.model !== before.model && !planUnderWay(now)) adoptModel(now.model);
  if (now.dataset && now.dataset !== before.dataset && !planUnderWay(now)) {
    const another = adoptDataset(now.dataset);
    if (another || (!compareStore.getState().languagesChosen && compareStore.getState().run === null)) askLanguagesOf(now.dataset);
  }
  const ended = now.run?.phase === 'done' || now.run?.phase === 'stopped';
  if (now.run && ended && before.run?.id === now.run.id && now.run.phase !== before.run.phase && now.run.metrics.length > 0)
    askTrainedLanguages(now.run, now.dataset);
}

const KEEP_EVERY_MS = 2000;
/** Writing a long run's record takes its time, and may take this part of the page's. */
const KEEPING_SHARE = 0.03;

/** Writes the run record and the last answers at most every two seconds (less often where they are large), at once when either has come to an end, and when the page is hidden. */
function keepRecords(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let cost = 0;
  const write = () => {
    clearTimeout(timer);
    timer = undefined;
    const began = performance.now();
    const { run, answers } = facts.getState();
    const { request } = compareStore.getState();
    const kept = [run && keep('run', run), request && answers[request.id] && keep('answers', { request, answers: answers[request.id]! })];
    void Promise.all(kept).then(() => {
      cost = performance.now() - began;
    });
  };
  facts.subscribe((now, before) => {
    if (now.run === before.run && now.answers === before.answers) return;
    const asked = compareStore.getState().request?.id ?? '';
    const answered = now.answers[asked]?.ended && !before.answers[asked]?.ended;
    if (answered || now.run?.phase !== before.run?.phase) write();
    else timer ??= setTimeout(write, Math.max(KEEP_EVERY_MS, cost / KEEPING_SHARE));
  });
  document.addEventListener('visibilitychange', () => {
    if (document.hidden && timer !== undefined) write();
  });
}
