/** One walk through the stages of the recipe r1 with one seed, by the product's own engine: each stage is given what earlier ones made. */
import type { EncodedRow } from '../../src/engine/batch/encode.ts';
import { encodeDataset } from '../../src/engine/batch/encode-dataset.ts';
import type { PromptRow } from '../../src/engine/batch/prompt-rows.ts';
import type { TextModel } from '../../src/engine/chat/open-text.ts';
import { type Dataset, openDataset } from '../../src/engine/data/dataset.ts';
import type { Session } from '../../src/engine/models/session.ts';
import { promptsOfRun } from '../../src/engine/train/prompts.ts';
import { limitsOf } from '../../src/headless/model-folder.ts';
import type { Runner } from '../../src/headless/runner.ts';
import { R1_STAGES, type RecipeStage } from '../../src/protocol/stages-r1.ts';
import { defaultTraces } from '../../src/protocol/trace-settings.ts';
import type { TraceSettings } from '../../src/protocol/traces.ts';
import type { TrainingSettings } from '../../src/protocol/training.ts';
import { type Row, rowsOf } from './r1-rows.ts';
import { type Sampled, sampled } from './r1-sampling.ts';
import { runOn, stand, type Trained } from './runs.ts';

export interface Model {
  readonly session: Session;
  readonly text: TextModel;
  /** What its settings.json recommends, with others in their place. */
  changed(others: object): TrainingSettings;
}

export interface Models {
  readonly open: Model;
  readonly student: Model;
}

/** What a stage leaves for later ones. */
export interface Made {
  readonly run?: Trained;
  readonly traces?: Sampled;
}

export class Walk {
  private readonly made = new Map<number, Made>();

  constructor(
    private readonly models: Models,
    private readonly dataset: readonly Row[],
    readonly seed: number,
    private readonly runner: Runner,
    readonly stages: readonly RecipeStage[] = R1_STAGES,
  ) {}

  /** With other stages; what was made stays, until it is made anew. */
  varied(changes: Readonly<Record<number, Partial<RecipeStage>>>): Walk {
    const stages = this.stages.map((stage, at) => ({ ...stage, ...changes[at + 1] }));
    const walk = new Walk(this.models, this.dataset, this.seed, this.runner, stages);
    for (const [number, made] of this.made) walk.made.set(number, made);
    return walk;
  }

  modelOf(number: number): Model {
    return this.stages[number - 1]!.model === 'open' ? this.models.open : this.models.student;
  }

  /** What a stage learns from or asks. */
  rows(number: number): Row[] {
    const { dataset, seed } = this;
    const data = (stage: number) => this.stages[stage - 1]!.data;
    return rowsOf(data(number), { dataset, data, seed, kept: (stage) => this.made.get(stage)!.traces!.kept });
  }

  /** All answers of a stage of traces, whether they pass or not. */
  unfilter(number: number): this {
    const { traces } = this.made.get(number)!;
    this.made.set(number, { traces: { ...traces!, kept: traces!.unfiltered } });
    return this;
  }

  async stage(number: number, rows = this.rows(number)): Promise<Made> {
    const stage = this.stages[number - 1]!;
    const from = stage.from === 'base' ? undefined : this.made.get(stage.from)!.run!;
    const made = stage.kind === 'traces' ? await this.traces(number, rows, from) : await this.run(number, rows, from);
    this.made.set(number, made);
    return made;
  }

  private async traces(number: number, rows: readonly Row[], from: Trained | undefined): Promise<Made> {
    const model = this.modelOf(number);
    if (from) stand(model.session, from);
    const { encoding } = model.changed({});
    const given = this.stages[number - 1]!.settings as Partial<TraceSettings>; // of a stage of this kind
    const base = defaultTraces(encoding.date);
    const sampling = { ...base.sampling, ...given.sampling, seed: this.seed };
    const settings: TraceSettings = { ...base, ...given, sampling, encoding, choice_seed: this.seed };
    return { traces: await sampled(model, rows, await datasetOf(rows), settings, from?.layout ?? null, this.runner) };
  }

  private async run(number: number, rows: readonly Row[], from: Trained | undefined): Promise<Made> {
    const { kind, settings: others } = this.stages[number - 1]!;
    const model = this.modelOf(number);
    const settings = model.changed({ ...(kind === 'grpo' && { method: 'grpo' }), ...others, seed: this.seed });
    const data = kind === 'grpo' ? await promptsOf(model, rows, settings) : { rows: await encoded(model, rows, settings) };
    return { run: await runOn(model.session, model.text, data, settings, this.runner, from?.tensors) };
  }
}

async function promptsOf({ session, text }: Model, rows: readonly Row[], settings: TrainingSettings): Promise<readonly PromptRow[]> {
  return (await promptsOfRun(await datasetOf(rows), settings, text, limitsOf(session.config).positions)).rows;
}

async function encoded({ session, text }: Model, rows: readonly Row[], { encoding }: TrainingSettings): Promise<EncodedRow[]> {
  const made = await encodeDataset(await datasetOf(rows), encoding, text);
  return made.select({ ...encoding, positions: limitsOf(session.config).positions }).rows;
}

function datasetOf(rows: readonly Row[]): Promise<Dataset> {
  return openDataset(new Blob([rows.map((row) => `${JSON.stringify(row)}\n`).join('')]), 'rows.jsonl');
}
