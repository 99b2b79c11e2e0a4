/** The stores as hooks, so that a component names what it reads. A selector that builds an object must be shallow-compared by its caller. */
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import { type ChosenModelState, chosenModelStore } from '../state/chosen-model.ts';
import { type CompareState, compareStore } from '../state/compare.ts';
import { type DataState, dataStore } from '../state/data.ts';
import { engineHealth } from '../state/engine-health.ts';
import { type EvaluationState, evaluationStore } from '../state/evaluation.ts';
import { type Facts, facts } from '../state/facts.ts';
import { type HubState, hubStore } from '../state/hub.ts';
import { type HubDataState, hubDataStore } from '../state/hub-data.ts';
import { type HubSearchState, hubSearchStore } from '../state/hub-search.ts';
import { type LibraryState, libraryStore } from '../state/library.ts';
import { type MergeState, mergeStore } from '../state/merge-actions.ts';
import { type ModelListState, modelListStore } from '../state/model-list.ts';
import { type Notice, type Pending, type Place, pending } from '../state/pending.ts';
import { type PlanningState, planningStore } from '../state/planning.ts';
import { type PromptPreviewsState, promptPreviewsStore } from '../state/prompt-previews.ts';
import { type PublishState, publishStore } from '../state/publish-actions.ts';
import { type TryoutState, tryoutStore } from '../state/reward-tryout.ts';
import { type RolloutsState, rolloutsStore } from '../state/rollouts.ts';
import { type SettingsState, settingsStore } from '../state/settings.ts';
import { type StagesState, stagesStore } from '../state/stages.ts';
import { type TracesState, tracesStore } from '../state/traces.ts';
import { type ReadinessState, readinessStore } from '../state/train-actions.ts';
import { type ViewState, viewStore } from '../state/view.ts';

export const NO_GPU = 'This browser offers no GPU to this page; the Model page says what to do.';
const ELSEWHERE = 'A run is under way in another tab; this tab only reads until it ends or that tab is closed.';

export const useFacts = <T>(pick: (state: Facts) => T): T => useStore(facts, pick);
export const useData = <T>(pick: (state: DataState) => T): T => useStore(dataStore, pick);
export const useCompare = <T>(pick: (state: CompareState) => T): T => useStore(compareStore, pick);
export const useEvaluation = <T>(pick: (state: EvaluationState) => T): T => useStore(evaluationStore, pick);
export const useSettings = <T>(pick: (state: SettingsState) => T): T => useStore(settingsStore, pick);
export const useRollouts = (): RolloutsState => useStore(rolloutsStore);
export const useTryout = <T>(pick: (state: TryoutState) => T): T => useStore(tryoutStore, pick);
export const usePromptPreviews = (): PromptPreviewsState => useStore(promptPreviewsStore);
export const useReadiness = <T>(pick: (state: ReadinessState) => T): T => useStore(readinessStore, pick);
export const useStages = <T>(pick: (state: StagesState) => T): T => useStore(stagesStore, pick);
export const useTraces = <T>(pick: (state: TracesState) => T): T => useStore(tracesStore, pick);
export const useView = <T>(pick: (state: ViewState) => T): T => useStore(viewStore, pick);
export const useHub = <T>(pick: (state: HubState) => T): T => useStore(hubStore, pick);
export const useHubSearch = (): HubSearchState => useStore(hubSearchStore);
export const useHubData = <T>(pick: (state: HubDataState) => T): T => useStore(hubDataStore, pick);
export const useChosenModel = <T>(pick: (state: ChosenModelState) => T): T => useStore(chosenModelStore, pick);
export const useEngineSilent = (): boolean => useStore(engineHealth, ({ silent }) => silent);
export const usePlanning = <T>(pick: (state: PlanningState) => T): T => useStore(planningStore, pick);
export const useModelList = (): ModelListState => useStore(modelListStore);
export const useLibrary = <T>(pick: (state: LibraryState) => T): T => useStore(libraryStore, pick);
export const useMerge = (): MergeState => useStore(mergeStore);
export const usePublish = (): PublishState => useStore(publishStore);
export const usePending = <T>(pick: (state: Pending) => T): T => useStore(pending, pick);

/** True while any of the named actions is under way. */
export const useBusy = (...actions: string[]): boolean => useStore(pending, (state) => actions.some((a) => state.actions[a]));

/** Why this tab only reads; undefined where it may write. */
export const useReadOnly = (): string | undefined => useFacts((f) => (f.elsewhere ? ELSEWHERE : undefined));

/** The one sentence about a missing GPU, wherever something needs one; undefined where there is one. */
export const useNoGpu = (): string | undefined => useFacts((f) => (f.problem ? NO_GPU : undefined));

/** True while a model is on its way, wherever it comes from. */
export const useLoadingModel = (): boolean => useBusy('load-model', 'load-hub', 'load-bundled');

export const useNotices = (place: Place): Notice[] =>
  useStore(
    pending,
    useShallow((state: Pending) => state.notices.filter((n) => n.place === place)),
  );
