/**
 * Rotary embedding: its settings as config.json spells them, its frequencies in float64, and the tables over positions that the GPU holds.
 * Plain rotary, linear scaling, Llama 3's scaling and YaRN (https://arxiv.org/abs/2309.00071) as transformers 5.18 computes them
 * (modeling_rope_utils). How pairs are laid out (halves, not neighbours) is the kernel's business.
 * A model may have several tables, by name; a layer names the one that it rotates by (models/stream.ts).
 */
import type { Store } from '../gpu/store.ts';
import { byteLength, elements } from '../graph/tensor.ts';
import { ConfigFields } from './config-fields.ts';

/** Positions of a table that are made at a time. */
const CHUNK = 8192;
/** Maximum positions in a table, which is kept whole: 32 MiB for heads of 64. */
const MAX_POSITIONS = 131_072;

export type RopeType = 'default' | 'linear' | 'llama3' | 'yarn';

export interface RopeSettings {
  theta: number;
  type: RopeType;
  factor: number;
  /** Llama 3: dimensions turn less than `low`, or more than `high` times within the original context. */
  low_freq_factor: number;
  high_freq_factor: number;
  beta_fast: number;
  beta_slow: number;
  /** Round the ends of the ramp to whole dimensions; gpt-oss does not, YaRN's default does. */
  truncate: boolean;
  original_max_position_embeddings: number;
  /** Multiplies cos and sin; null: 0.1 ln(factor) + 1. */
  attention_factor: number | null;
}

export interface RopeFrequencies {
  /** head_dim / 2 values. */
  inv_freq: Float64Array<ArrayBuffer>;
  attention_scaling: number;
}

/**
 * p_i = theta^(-2i/d). YaRN keeps p_i for dimensions that turn often within the original context, divides it by `factor` for those that turn
 * rarely, and ramps between: the dimension that turns `beta` times over L0 positions is d ln(L0 / (2 pi beta)) / (2 ln theta).
 */
export function ropeFrequencies(rope: RopeSettings, headDim: number): RopeFrequencies {
  const plain = Float64Array.from({ length: headDim / 2 }, (_, i) => rope.theta ** ((-2 * i) / headDim));
  if (rope.type === 'default') return { inv_freq: plain, attention_scaling: 1 };
  if (rope.type === 'linear') return { inv_freq: plain.map((p) => p / rope.factor), attention_scaling: 1 };
  if (rope.type === 'llama3') return { inv_freq: plain.map((p) => llama3(p, rope)), attention_scaling: 1 };
  const [low, high] = yarnRamp(rope, headDim);
  const inv_freq = plain.map((p, i) => {
    const ramp = Math.min(1, Math.max(0, (i - low) / (high - low)));
    return (ramp * p) / rope.factor + (1 - ramp) * p;
  });
  return { inv_freq, attention_scaling: rope.attention_factor ?? (rope.factor <= 1 ? 1 : 0.1 * Math.log(rope.factor) + 1) };
}

/** Divided by `factor` where it turns rarely within the original context, kept where it turns often, and between the two in between. */
function llama3(
  p: number,
  { factor, low_freq_factor: low, high_freq_factor: high, original_max_position_embeddings }: RopeSettings,
): number {
  const turns = (original_max_position_embeddings * p) / (2 * Math.PI);
  if (turns < low) return p / factor;
  if (turns > high) return p;
  const smooth = (turns - low) / (high - low);
  return (1 - smooth) * (p / factor) + smooth * p;
}

/** First and last dimension of the ramp. */
export function yarnRamp(rope: RopeSettings, headDim: number): [number, number] {
  const dimensionOf = (turns: number): number =>
    (headDim * Math.log(rope.original_max_position_embeddings / (turns * 2 * Math.PI))) / (2 * Math.log(rope.theta));
  const low = dimensionOf(rope.beta_fast);
  const high = dimensionOf(rope.beta_slow);
  const first = Math.max(rope.truncate ? Math.floor(low) : low, 0);
  const last = Math.min(rope.truncate ? Math.ceil(high) : high, headDim - 1);
  return [first, first === last ? last + 0.001 : last]; // equal ends would divide by zero
}

/** What rotary needs of a config. */
export interface Rotary {
  readonly head_dim: number;
  readonly max_position_embeddings: number;
  /** By name; most families have one. */
  readonly ropes: Readonly<Record<string, RopeSettings>>;
}

/** The longest row that can be trained, and the longest question with its answer. */
export function positionsOf({ max_position_embeddings }: Pick<Rotary, 'max_position_embeddings'>): number {
  return Math.min(max_position_embeddings, MAX_POSITIONS);
}

/** [P, D/2, 2] of each table. */
export function ropeShape(config: Rotary): number[] {
  return [positionsOf(config), config.head_dim / 2, 2];
}

/** Of all tables together. */
export function ropeBytes(config: Rotary): number {
  return Object.keys(config.ropes).length * byteLength({ shape: ropeShape(config), dtype: 'f32' });
}

/** What would not be finite in a table; settings that are numbers by themselves may still divide by zero or overflow together. */
export function ropeProblems(config: Rotary): string[] {
  const last = positionsOf(config) - 1;
  return Object.entries(config.ropes).flatMap(([name, settings]) => {
    const { inv_freq, attention_scaling } = ropeFrequencies(settings, config.head_dim);
    const at = inv_freq.findIndex((frequency) => !Number.isFinite(Math.fround(Math.fround(frequency) * last)));
    const scaling = Math.fround(attention_scaling);
    return [
      ...(at < 0 ? [] : [`the rotary table "${name}" turns dimension ${at} by ${inv_freq[at]} a position, up to position ${last}`]),
      ...(Number.isFinite(scaling) && scaling > 0 ? [] : [`the rotary table "${name}" is scaled by ${attention_scaling}`]),
    ];
  });
}

/** A table's name in the store. */
export function ropeName(rope: string): string {
  return `rope.${rope}`;
}

/** Creates and fills every table: cos and sin by position, times the attention scaling. */
export function createRopes(store: Store, config: Rotary): void {
  const shape = ropeShape(config);
  const [positions, pairs] = shape as [number, number];
  for (const [name, settings] of Object.entries(config.ropes)) {
    const { inv_freq, attention_scaling } = ropeFrequencies(settings, config.head_dim);
    const frequencies = Float32Array.from(inv_freq); // transformers multiplies in f32
    store.create(ropeName(name), 4 * elements(shape), 'weights');
    const table = new Float32Array(CHUNK * pairs * 2);
    for (let first = 0; first < positions; first += CHUNK) {
      const count = Math.min(CHUNK, positions - first);
      for (let p = 0; p < count; p++) {
        for (let i = 0; i < pairs; i++) {
          const angle = Math.fround((first + p) * frequencies[i]!);
          table[(p * pairs + i) * 2] = Math.cos(angle) * attention_scaling;
          table[(p * pairs + i) * 2 + 1] = Math.sin(angle) * attention_scaling;
        }
      }
      store.write(ropeName(name), table.subarray(0, count * pairs * 2), first * pairs * 8);
    }
  }
}

/** Defaults of a family's config class for fields that config.json lacks, and what the family has. */
export interface RopeDefaults {
  /** Where neither spelling is there. */
  readonly rope: Record<string, unknown>;
  readonly theta: number;
  readonly positions: number;
  readonly types: readonly RopeType[];
}

/**
 * Both spellings: `rope_theta` + `rope_scaling` (transformers 4, most published checkpoints) and `rope_parameters` (5). As transformers does:
 * `rope_scaling` goes before `rope_parameters`; gaps are filled with the family's theta, beta 32 and 1, truncate true, and
 * max_position_embeddings as the original length. Problems go to `fields`.
 */
export function parseRope(json: Record<string, unknown>, fields: ConfigFields, defaults: RopeDefaults): RopeSettings {
  const key = isRecord(json.rope_scaling) ? 'rope_scaling' : 'rope_parameters';
  const given: Record<string, unknown> = isRecord(json[key]) ? json[key] : defaults.rope;
  const theta = new ConfigFields(given).has('rope_theta') ? defaults.theta : fields.positive('rope_theta', defaults.theta);
  if (fields.has('partial_rotary_factor') && json.partial_rotary_factor !== 1)
    fields.problems.push('partial_rotary_factor belongs to other families and must be absent');
  return ropeSettings(given, `${key}.`, fields, { ...defaults, theta });
}

/** One table's settings; `where` is what stands in front of its keys in messages. */
export function ropeSettings(
  given: Record<string, unknown>,
  where: string,
  fields: ConfigFields,
  { theta, positions, types }: Omit<RopeDefaults, 'rope'>,
): RopeSettings {
  const rope = new ConfigFields(given, where);
  const named = given.rope_type ?? given.type ?? 'default';
  const type = types.find((known) => known === named) ?? 'default';
  if (type !== named)
    rope.problems.push(
      `${where}rope_type is ${JSON.stringify(named)}, and only ${types.slice(0, -1).join(', ')} and ${types.at(-1)} are known`,
    );
  for (const kind of ['full_attention', 'sliding_attention'])
    if (rope.has(kind)) rope.problems.push(`${where}${kind} belongs to other families: here all layers rotate alike`);
  for (const foreign of ['mscale', 'mscale_all_dim', 'partial_rotary_factor']) {
    if (rope.has(foreign) && given[foreign] !== 1) rope.problems.push(`${where}${foreign} belongs to other families and must be absent`);
  }
  const settings: RopeSettings = {
    theta: rope.positive('rope_theta', theta),
    type,
    factor: type === 'default' ? 1 : rope.positive('factor'),
    low_freq_factor: type === 'llama3' ? rope.positive('low_freq_factor') : 1,
    high_freq_factor: type === 'llama3' ? rope.positive('high_freq_factor') : 4,
    beta_fast: rope.positive('beta_fast', 32),
    beta_slow: rope.positive('beta_slow', 1),
    truncate: rope.boolean('truncate', true),
    original_max_position_embeddings: rope.has('original_max_position_embeddings')
      ? rope.integer('original_max_position_embeddings')
      : fields.integer('max_position_embeddings', positions),
    attention_factor: rope.has('attention_factor') ? rope.positive('attention_factor') : null,
  };
  if (settings.high_freq_factor <= settings.low_freq_factor)
    rope.problems.push(`${where}high_freq_factor ${settings.high_freq_factor} is not above low_freq_factor ${settings.low_freq_factor}`);
  fields.problems.push(...rope.problems);
  return settings;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
