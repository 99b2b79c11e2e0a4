/**
 * Which weights of a model get LoRA, with which rank, scale and PEFT keys: PEFT's rules (0.21, tuners_utils.py) over the weights that the
 * model family offers. Nothing is read or allocated here but the initial values.
 *   module   y = W x + b + s B (A x)                  A [r, in], B [out, r]
 *   expert   the same per expert e                    A [experts, r, in], B [experts, out, r]
 * s = alpha / r, or alpha / sqrt(r) with rsLoRA. These are the engine's layouts; PEFT's are in adapter-layout.ts.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import { matchesPath } from '../../lib/module-path.ts';
import { throwProblems } from '../../lib/problems.ts';
import { Random } from '../../lib/random.ts';
import type { LoraSettings } from '../../protocol/training.ts';
import type { AdaptableWeight } from './adaptable.ts';
import { compilePathPattern } from './linear-pattern.ts';

export interface AdapterTarget extends AdaptableWeight {
  r: number;
  alpha: number;
  scale: number;
  /** PEFT's keys; they also name the tensors in memory. */
  keyA: string;
  keyB: string;
}

/** Values in the engine's layout by PEFT key. */
export type AdapterTensors = Map<string, Float32Array<ArrayBuffer>>;

/** Header and configuration. */
const AROUND_TENSORS = 2 ** 24;
/** What browsers give as one buffer. */
const LARGEST_BUFFER = 2 ** 31;

/** Targets in the order of `weights`. A SettingsError lists every entry that matches nothing and every rank or alpha that is no positive number. */
export function planAdapter(settings: LoraSettings, weights: readonly AdaptableWeight[]): AdapterTarget[] {
  const modules = weights.filter(({ kind }) => kind === 'module');
  const experts = weights.filter(({ kind }) => kind === 'expert');
  const moduleEntries = settings.target_modules === 'all-linear' ? modules.map(({ path }) => path) : settings.target_modules;
  const parameterEntries = settings.target_parameters ?? [];
  const problems = [
    ...moduleEntries
      .filter((entry) => !modules.some(({ path }) => matchesPath(path, entry)))
      .map((entry) => `target_modules entry ${entry} matches no linear layer`),
    ...parameterEntries
      .filter((entry) => !experts.some(({ path }) => matchesPath(path, entry)))
      .map((entry) => `target_parameters entry ${entry} matches no expert weight`),
    ...wrongNumbers(settings),
  ];
  const chosen = weights.filter(({ kind, path }) =>
    (kind === 'module' ? moduleEntries : parameterEntries).some((entry) => matchesPath(path, entry)),
  );
  if (chosen.length === 0 && problems.length === 0) problems.push('nothing is targeted');
  const targets = problems.length === 0 ? describeTargets(settings, chosen) : [];
  problems.push(...scaleProblems(targets));
  throwProblems('SettingsError', 'The LoRA settings do not fit the model', problems, 'Correct them.');
  return targets;
}

/** Whether two adapters have tensors of the same names, ranks and scales. */
export function sameTargets(one: readonly AdapterTarget[], other: readonly AdapterTarget[]): boolean {
  const described = (targets: readonly AdapterTarget[]): string => targets.map(({ keyA, r, scale }) => `${keyA} ${r} ${scale}`).join();
  return described(one) === described(other);
}

/** Ranks, scales and keys for weights that are known to be targeted, in the order of the model. */
export function describeTargets(settings: LoraSettings, chosen: readonly AdaptableWeight[]): AdapterTarget[] {
  const rankOf = byPattern('rank_pattern', settings.rank_pattern);
  const alphaOf = byPattern('alpha_pattern', settings.alpha_pattern);
  const wrappers = wrapperPaths(chosen);
  return chosen.map((weight, i) => {
    const r = rankOf(weight.path) ?? settings.r;
    const alpha = alphaOf(weight.path) ?? settings.lora_alpha;
    const scale = alpha / (settings.use_rslora ? Math.sqrt(r) : r);
    const prefix = `base_model.model.${wrappers[i]}`;
    return { ...weight, r, alpha, scale, keyA: `${prefix}.lora_A.weight`, keyB: `${prefix}.lora_B.weight` };
  });
}

/** The GPU scales in float32: a scale that overflows makes everything NaN, and one that vanishes switches the adapter off. */
export function scaleProblems(targets: readonly AdapterTarget[]): string[] {
  return targets
    .filter(({ scale }) => !(Number.isFinite(Math.fround(scale)) && Math.fround(scale) > 0))
    .map(({ path, alpha, r, scale }) => `${path} has alpha ${alpha} and r ${r}, whose scale ${scale} float32 does not hold`);
}

/** A larger rank adds nothing to any weight. */
export function largestRank(weights: readonly AdaptableWeight[]): number {
  return weights.reduce((most, weight) => Math.max(most, Math.min(weight.in, weight.out)), 0);
}

/** Bytes that no adapter of these weights needs more of: every weight at the largest rank in f32, and what is around the tensors. */
export function largestAdapter(weights: readonly AdaptableWeight[]): number {
  const perRank = weights.reduce((sum, weight) => sum + weight.experts * (weight.in + weight.out), 0);
  return Math.min(4 * perRank * largestRank(weights) + AROUND_TENSORS, LARGEST_BUFFER);
}

/** Module of a weight: its own path, or the path of the experts that hold the parameter. */
export function modulePath(weight: AdaptableWeight): string {
  return weight.kind === 'module' ? weight.path : weight.path.slice(0, weight.path.lastIndexOf('.'));
}

/**
 * PEFT wraps a module once per targeted parameter, in the order of registration: each later wrapper goes around the earlier ones, so the first
 * of n is n - 1 levels of `base_layer` deep.
 */
function wrapperPaths(chosen: readonly AdaptableWeight[]): string[] {
  const later = new Map<string, number>();
  for (const weight of chosen) if (weight.kind === 'expert') later.set(modulePath(weight), (later.get(modulePath(weight)) ?? 0) + 1);
  return chosen.map((weight) => {
    if (weight.kind === 'module') return weight.path;
    const module = modulePath(weight);
    const outer = later.get(module)! - 1;
    later.set(module, outer);
    return module + '.base_layer'.repeat(outer);
  });
}

/** The value of the first key that matches at the end of a path, after a dot. */
function byPattern(name: string, pattern: Readonly<Record<string, number>>): (path: string) => number | undefined {
  const entries = Object.entries(pattern).map(([key, value]) => ({ matches: patternOf(name, key), value }));
  return (path) => entries.find(({ matches }) => matches(path))?.value;
}

function patternOf(name: string, key: string): (path: string) => boolean {
  const pattern = compilePathPattern(key);
  if (pattern) return pattern;
  const shown = key.length > 80 ? `${key.slice(0, 80)}…` : key;
  throw new MotherTongueError(
    'SettingsError',
    `${name} has the key ${shown}, which is not a regular expression that can be run (look-around and back references cannot); correct it.`,
  );
}

function wrongNumbers(settings: LoraSettings): string[] {
  const ranks = { r: settings.r, ...prefixed('rank_pattern', settings.rank_pattern) };
  const alphas = { lora_alpha: settings.lora_alpha, ...prefixed('alpha_pattern', settings.alpha_pattern) };
  return [
    ...Object.entries(ranks)
      .filter(([, r]) => !Number.isSafeInteger(r) || r < 1)
      .map(([name, r]) => `${name} is ${r}, not a whole number of at least 1`),
    ...Object.entries(alphas)
      .filter(([, alpha]) => !Number.isFinite(alpha) || alpha <= 0)
      .map(([name, alpha]) => `${name} is ${alpha}, not a number above 0`),
  ];
}

function prefixed(name: string, pattern: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(pattern).map(([key, value]) => [`${name}.${key}`, value]));
}

export function sizeA({ experts, r, in: inputs }: AdapterTarget): number {
  return experts * r * inputs;
}

export function sizeB({ experts, r, out }: AdapterTarget): number {
  return experts * r * out;
}

/** PEFT's start: A uniform in +-1/sqrt(in) (kaiming with a = sqrt 5), B zero. Each tensor has its own stream, so that adding a target changes no other. */
export function initialAdapter(targets: readonly AdapterTarget[], seed: number): AdapterTensors {
  const tensors: AdapterTensors = new Map();
  for (const target of targets) {
    const random = new Random(`${seed}/${target.path}`);
    const bound = 1 / Math.sqrt(target.in);
    tensors.set(
      target.keyA,
      Float32Array.from({ length: sizeA(target) }, () => (2 * random.uniform() - 1) * bound),
    );
    tensors.set(target.keyB, new Float32Array(sizeB(target)));
  }
  return tensors;
}
