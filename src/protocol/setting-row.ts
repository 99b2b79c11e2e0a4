/**
 * The type of a row of the settings table (settings.ts), and of its key: the dotted paths of TrainingSettings.
 */
import type { Rule } from './rules.ts';
import type { TrainingSettings } from './training.ts';

/** Records with free keys, lists and plain values are leaves. */
type IsLeaf<T> = T extends object ? (T extends readonly unknown[] ? true : string extends keyof T ? true : false) : true;
type Paths<T> = { [K in keyof T & string]-?: false extends IsLeaf<NonNullable<T[K]>> ? `${K}.${Paths<NonNullable<T[K]>>}` : K }[keyof T &
  string];
type At<T, P> = P extends `${infer K}.${infer Rest}`
  ? K extends keyof T
    ? At<NonNullable<T[K]>, Rest>
    : never
  : P extends keyof T
    ? T[P]
    : never;

/** Dotted path of a setting: 'lora.r'. */
export type SettingPath = Paths<TrainingSettings>;
export type SettingValue<P extends SettingPath> = At<TrainingSettings, P>;

/** What rules need of a model and a dataset; without them they allow what any could have. */
export interface SettingLimits {
  /** The model's longest row, in tokens. */
  readonly positions?: number;
  /** The smaller side of the largest weight that can be adapted: a higher rank adds nothing. */
  readonly rank?: number;
  /** Paths of the linear layers and of the expert weights that can be adapted. */
  readonly modules?: readonly string[];
  readonly parameters?: readonly string[];
  /** Of the dataset. */
  readonly rows?: number;
}

export interface SettingRow<V> {
  /** The name in run.json: TRL's, PEFT's or transformers', ours where they have none. */
  readonly name: string;
  /** Other names for the same: the key of TrainingSettings, or an older one of transformers. */
  readonly also?: readonly string[];
  readonly rule: Rule | ((limits: SettingLimits) => Rule);
  readonly default: V;
  /** Where a method has another default. */
  readonly defaults?: Readonly<Record<string, V>>;
  /** May be absent, which means the default. */
  readonly optional?: true;
  readonly label: string;
  readonly help: string;
  /** `hidden`: taken from run.json, not on the page. */
  readonly part: 'simple' | 'advanced' | 'hidden';
  /** The input: `custom` ones are drawn by the screen. */
  readonly kind: 'integer' | 'number' | 'scientific' | 'switch' | 'choice' | 'text' | 'custom';
  readonly step?: number;
  /** Labels of choices whose value alone is unclear. */
  readonly choiceLabels?: Readonly<Record<string, string>>;
  /** Names of the training methods that have it; absent: all. */
  readonly methods?: readonly string[];
  /** Names of other methods whose run.json may state it, to be compared with a run of `methods`: not in their form, and unset where it is not stated. */
  readonly alsoOf?: readonly string[];
  /** Names of methods that take it from run.json and do nothing with it: it is not in their form. */
  readonly unused?: readonly string[];
}

export interface Setting extends SettingRow<unknown> {
  readonly path: SettingPath;
}
