/** The protocol's EngineApi over an EngineState. No logic: one line per method. */
import { markSentences } from '../../lib/language/mark-sentences.ts';
import type { EngineApi } from '../../protocol/engine.ts';
import type { TrainingSettings } from '../../protocol/training.ts';
import { templatesInWorker } from '../chat/templates-in-worker.ts';
import { type ByteStore, memoryStore } from '../files/byte-store.ts';
import type { Disk } from '../files/hub/disk.ts';
import { openOpfsDisk } from '../files/hub/opfs-disk.ts';
import { openOpfsStore } from '../files/opfs.ts';
import { exportAdapter } from './adapter.ts';
import { ask } from './asking.ts';
import { exportBundledModel } from './bundled-model.ts';
import { checkedEncoding, checkedTraining } from './checks.ts';
import { readDataset, row, rows, tokenStatistics } from './data.ts';
import { openDevice, selfTest } from './device.ts';
import { countAgain } from './encoding.ts';
import { EngineState } from './engine-state.ts';
import * as evaluation from './evaluation.ts';
import { deleteCachedModel, hubOffer, listCachedModels, pauseDownload } from './hub.ts';
import { hubDataset } from './hub-dataset.ts';
import { searchHub } from './hub-search.ts';
import {
  deleteAdapter,
  exportKeptAdapter,
  importAdapter,
  removeAdapter,
  renameAdapter,
  reportKept,
  standAdapter,
  undeleteAdapter,
} from './kept-adapters.ts';
import { exportRollouts, keptSteps, rolloutsOf } from './kept-rollouts.ts';
import { deleteRun, keptRun, listRuns, purgeRuns, renameRun, showRun, undeleteRun } from './kept-runs.ts';
import * as keptTraces from './kept-traces.ts';
import { planMerged, writeMerged } from './merged.ts';
import { loadModel } from './model.ts';
import { watchOtherTabs } from './other-tabs.ts';
import { loadPeer, removePeer } from './peers.ts';
import { answerPlan, fittingLength } from './planning.ts';
import { previewPrompts, promptFindings, promptSource } from './prompt-previews.ts';
import { planPublish, publishNow } from './publishing.ts';
import { readQuestions } from './questions.ts';
import { readiness } from './readiness.ts';
import { reopenDevice } from './recovery.ts';
import { rewardThreads } from './reward-threads.ts';
import { tryRewards } from './rewards.ts';
import { tryOnRows } from './rewards-on-rows.ts';
import { exportPlan } from './stage-export.ts';
import { continuePlan, deletePlan, free, reportPlans, resumeAny, resumeRunAny, startPlan, stopPlan } from './stages.ts';
import * as traces from './traces.ts';
import { pause, stop, train } from './training.ts';

export async function createEngine(): Promise<EngineApi> {
  const engine = new EngineState({
    files: await openFiles(),
    models: await openModels(),
    locks: navigator.locks,
    encodeWorker: () => new Worker(new URL('../encode-worker.ts', import.meta.url), { type: 'module', name: 'encoding' }),
    readingWorker: () => new Worker(new URL('../reading-worker.ts', import.meta.url), { type: 'module', name: 'reading' }),
    rewardThreads,
    runTemplates: templatesInWorker(
      () => new Worker(new URL('../template-worker.ts', import.meta.url), { type: 'module', name: 'template' }),
    ),
    ...(navigator.gpu && { webgpu: navigator.gpu }),
  });
  return {
    start: async (listen) => {
      engine.emit = listen;
      await watchOtherTabs(engine);
      await openDevice(engine, self.isSecureContext);
    },
    ping: async () => {},
    selfTest: () => selfTest(engine),
    reopenDevice: () => reopenDevice(engine),
    loadModel: async (source) => loadModel(free(engine, 'loading another model'), source),
    hubOffer: (repository) => hubOffer(engine, repository),
    searchHub: (question) => searchHub(engine, question),
    pauseDownload: (paused) => pauseDownload(engine, paused),
    listCachedModels: () => listCachedModels(engine),
    deleteCachedModel: (id) => deleteCachedModel(engine, id),
    plan: (question) => answerPlan(engine, question),
    fittingLength: async (question) => fittingLength(engine, question),
    hubDataset: (repository) => hubDataset(engine, repository),
    readDataset: async (source, mapping) => readDataset(free(engine, 'choosing other data'), source, mapping),
    rows: (start, count) => rows(engine, start, count),
    row: async (number, settings) => row(engine, number, checkedEncoding(settings)),
    tokenStatistics: async (settings) => tokenStatistics(engine, checkedEncoding(settings)),
    countAgain: async (settings) => countAgain(engine, checkedEncoding(settings)),
    readiness: (settings, gpu_bytes = null) => readiness(engine, settings, gpu_bytes),
    train: async (settings) => train(free(engine, 'starting a run'), checkedTraining(engine, settings)),
    pause: () => pause(engine),
    resume: () => resumeAny(engine),
    stop: () => stop(engine),
    tryRewards: (rows, names, settings) => tryRewards(engine.places, rows, names, settings),
    tryOnRows: async (settings, cells) => tryOnRows(engine, withCheckedEncoding(settings), cells),
    previewPrompts: async (settings, index) => previewPrompts(engine, withCheckedEncoding(settings), index),
    promptSource: () => promptSource(engine),
    promptFindings: async (settings) => promptFindings(engine, withCheckedEncoding(settings)),
    keptRollouts: (run) => keptSteps(engine, run),
    rollouts: (run, step) => rolloutsOf(engine, run, step),
    exportRollouts: (run) => exportRollouts(engine, run),
    ask: (request) => ask(engine, request),
    cancelAsk: async () => engine.asking?.abort(),
    readQuestions: (source, options) => readQuestions(engine, source, options),
    ...evaluationCalls(engine),
    ...traceCalls(engine),
    cancel: async (task) => engine.cancelByUser(task),
    markSentences,
    loadPeer: (source) => loadPeer(engine, source),
    removePeer: () => removePeer(engine),
    exportAdapter: () => exportAdapter(engine),
    exportBundledModel: () => exportBundledModel(engine),
    importAdapter: async (source) => importAdapter(free(engine, 'importing an adapter'), source),
    removeAdapter: async () => removeAdapter(free(engine, 'removing the adapter')),
    planMerged: (dtype) => planMerged(engine, dtype),
    writeMerged: (dtype, target) => writeMerged(engine, dtype, target),
    planPublish: (what) => planPublish(engine, what),
    publish: (request) => publishNow(engine, request),
    listRuns: () => listRuns(engine),
    keptRun: (id) => keptRun(engine, id),
    showRun: (id) => showRun(engine, id),
    renameRun: (id, name) => renameRun(engine, id, name),
    deleteRun: (id) => deleteRun(engine, id),
    undeleteRun: (id) => undeleteRun(engine, id),
    purgeRuns: () => purgeRuns(engine),
    resumeRun: async (id) => resumeRunAny(free(engine, 'going on with a run'), id),
    ...planCalls(engine),
    listKeptAdapters: () => reportKept(engine),
    standAdapter: async (id) => standAdapter(free(engine, 'choosing another adapter'), id),
    exportKeptAdapter: (id) => exportKeptAdapter(engine, id),
    renameAdapter: (id, name) => renameAdapter(engine, id, name),
    deleteAdapter: (id) => deleteAdapter(engine, id),
    undeleteAdapter: (id) => undeleteAdapter(engine, id),
  };
}

function withCheckedEncoding(settings: TrainingSettings): TrainingSettings {
  return { ...settings, encoding: checkedEncoding(settings.encoding) };
}

function planCalls(engine: EngineState): Pick<EngineApi, Extract<keyof EngineApi, `${string}Plan` | 'listPlans'>> {
  return {
    startPlan: (plan) => startPlan(engine, plan),
    continuePlan: (id) => continuePlan(engine, id),
    stopPlan: () => stopPlan(engine),
    listPlans: () => reportPlans(engine),
    deletePlan: (id) => deletePlan(engine, id),
    exportPlan: (id) => exportPlan(engine, id),
  };
}

type EvaluationCall = Extract<keyof EngineApi, `${string}valuat${string}`>;

function evaluationCalls(engine: EngineState): Pick<EngineApi, EvaluationCall> {
  return {
    forecastEvaluation: (settings) => evaluation.forecast(engine, settings),
    evaluate: async (settings) => evaluation.evaluate(free(engine, 'evaluating'), settings),
    continueEvaluation: async (id) => evaluation.goOn(free(engine, 'evaluating'), id),
    pauseEvaluation: () => evaluation.pause(engine),
    listEvaluations: () => evaluation.listKept(engine),
    evaluationTable: (id) => evaluation.tableOf(engine, id),
    evaluationAnswers: (question) => evaluation.answersOf(engine, question),
    compareEvaluated: (first, second) => evaluation.compareColumns(engine, first, second),
    exportEvaluation: (id, format) => evaluation.exportResult(engine, id, format),
    renameEvaluation: (id, name) => evaluation.rename(engine, id, name),
    deleteEvaluation: (id) => evaluation.remove(engine, id),
    undeleteEvaluation: (id) => evaluation.haveBack(engine, id),
  };
}

type TraceCall = Extract<keyof EngineApi, `${string}Traces`>;

function traceCalls(engine: EngineState): Pick<EngineApi, TraceCall> {
  return {
    forecastTraces: (settings) => traces.forecastTraces(engine, settings),
    makeTraces: async (settings) => traces.makeTraces(free(engine, 'making traces'), settings),
    continueTraces: async (id) => traces.continueTraces(free(engine, 'making traces'), id),
    pauseTraces: () => traces.pauseTraces(engine),
    listTraces: () => keptTraces.listTraces(engine),
    shownTraces: (question) => keptTraces.shownTraces(engine, question),
    reselectTraces: (id, choice) => keptTraces.reselectTraces(engine, id, choice),
    openTraces: async (id) => keptTraces.openTraces(free(engine, 'choosing other data'), id),
    exportTraces: (id, what) => keptTraces.exportTraces(engine, id, what),
    renameTraces: (id, name) => keptTraces.renameTraces(engine, id, name),
    deleteTraces: (id) => keptTraces.deleteTraces(engine, id),
    undeleteTraces: (id) => keptTraces.undeleteTraces(engine, id),
  };
}

/** Private windows and some embedded pages have no private file system: then nothing survives a reload, and everything else works. */
async function openFiles(): Promise<ByteStore> {
  try {
    return await openOpfsStore('mother-tongue');
  } catch {
    return memoryStore();
  }
}

async function openModels(): Promise<Disk | null> {
  try {
    return await openOpfsDisk('mother-tongue-models');
  } catch {
    return null;
  }
}
