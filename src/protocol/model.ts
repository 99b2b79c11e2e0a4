/** Models, devices and adapters as the page sees them. */
import type { TemplateName } from './conversation.ts';

export interface DeviceSummary {
  vendor: string;
  architecture: string;
  device: string;
  description: string;
  software: boolean;
  features: string[];
  limits: Record<string, number>;
}

/** Why there is no GPU, and what to do. */
export interface DeviceProblem {
  reason: 'no-webgpu' | 'no-adapter' | 'device-failed' | 'insecure-context';
  message: string;
}

/** A picked or dropped folder crosses as its files; a handle where the browser has one. */
export interface FolderFile {
  path: string;
  file: Blob;
}

/** A repository of the Hub, or of a server that speaks as the Hub does. */
export interface HubRepository {
  /** `owner/name` */
  repository: string;
  /** Branch, tag or commit. */
  revision: string;
  /** `https://huggingface.co`, or a mirror. */
  endpoint: string;
  /** For gated repositories; lives in memory only. */
  token?: string;
}

/** The folder of the bundled model, as adapters trained on it name their base and as it is exported. */
export const BUNDLED_FOLDER = 'mother-tongue-mini';

/** The models that are served beside the page: where each lies, its name, and its folder when it is exported. */
export const BUNDLED_MODELS = {
  mini: { path: 'models/mini/', name: 'Mother Tongue mini', folder: BUNDLED_FOLDER },
  'mini-student': { path: 'models/mini-student/', name: 'Mother Tongue mini student', folder: 'mother-tongue-mini-student' },
} as const;
export type BundledName = keyof typeof BUNDLED_MODELS;

/** Absent: mini. */
export type BundledSource = { kind: 'bundled'; model?: BundledName };

export type ModelSource = BundledSource | { kind: 'folder'; name: string; files: FolderFile[] } | HubSource;

/** A model that this browser keeps whole is opened as it is, without asking the Hub, unless `commit` (of an offer) names another. */
export type HubSource = { kind: 'hub'; commit?: string } & HubRepository;

/** What the Hub returns about a repository, and what this machine can store, before anything large is fetched. */
export interface HubOffer {
  repository: string;
  revision: string;
  endpoint: string;
  /** The commit that the revision names now. */
  commit: string;
  /** What loading needs, in the order of fetching. */
  files: { path: string; bytes: number }[];
  bytes: number;
  /** Bytes of `bytes` that are on this machine already. */
  stored: number;
  /** Bytes that storing the rest takes, net of what is freed for it; `storage` is judged by it. */
  needed: number;
  /** What this page may still keep, as the browser estimates it; null where it does not say. */
  storage: { available: number; persisted: boolean } | null;
  /** The repository's config.json. */
  config: Record<string, unknown>;
  /** Why it cannot be fetched or used here, and what to do instead. */
  blocker?: string;
}

/** A model in this browser's private storage, whole or in part. */
export interface CachedModel {
  id: string;
  repository: string;
  revision: string;
  commit: string;
  endpoint: string;
  bytes: number;
  /** Bytes of it that are here, with those of a newer commit that is fetched beside it. */
  stored: number;
  complete: boolean;
  /** ISO date of the last download or load. */
  used: string;
}

/** As config.json names the form of quantised weights. */
export type QuantMethod = 'mxfp4';

export interface ModelSummary {
  source: 'bundled' | 'folder' | 'hub';
  name: string;
  /** `model_type` of config.json. */
  family: string;
  parameters: number;
  bytes: number;
  layers: number;
  hidden_size: number;
  intermediate_size: number;
  heads: number;
  kv_heads: number;
  head_dim: number;
  /** 0 for a dense model. */
  experts: number;
  experts_per_token: number;
  vocab_size: number;
  sliding_window: number | null;
  context: number;
  /** In words. */
  quantization: string;
  /** Null where weights are plain numbers. */
  quant_method: QuantMethod | null;
  /** What LoRA can attach to: names for `target_modules`, every entry for `target_parameters`, and the highest rank that adds something. */
  adaptable: { modules: string[]; parameters: string[]; rank: number };
  /** Renderings that its chat format has; absent: all. */
  templates?: TemplateName[];
  /** Whether its template switches reasoning on and off, always has a place for it, or has none (training can still put it before the answer). */
  thinking?: 'switch' | 'always' | 'none';
  /** Plain words on what it can do, from the model's own card; bundled model only. */
  about?: string;
  examples: string[];
  /** Recommended run, by TRL/PEFT names; partial. */
  recommended?: Record<string, unknown>;
  /** What of the model's settings.json could not be used, a sentence each. */
  notes?: string[];
}

export interface AdapterSummary {
  name: string;
  origin: 'trained' | 'imported';
  r: number;
  lora_alpha: number;
  target_modules: string[];
  target_parameters: string[];
  parameters: number;
  bytes: number;
  base_model: string | null;
  /** Absent for an imported one. */
  trained?: TrainedIn;
}

/** What is told of the run that made an adapter. */
export interface TrainedIn {
  run: string;
  dataset: string;
  steps: number;
  total_steps: number;
  /** First and last; null before the first step. */
  loss: [number, number] | null;
  languages: number;
}

/** An adapter that this browser keeps, standing or not. */
export interface KeptAdapter {
  id: string;
  name: string;
  origin: AdapterSummary['origin'];
  /** ISO date; '' where it is not known. */
  kept: string;
  /** The model that it belongs to; '' where it is not known. */
  model: string;
  /** Of its zip; 0 where it is not known. */
  bytes: number;
  trained?: TrainedIn;
  /** It is the one on the open model. */
  standing: boolean;
  /** It belongs to the open model, or none is open on the GPU. */
  fits: boolean;
  /** The disk was full: it lasts as long as this tab. */
  tab_only: boolean;
  /** Of a run that went on after it. */
  checkpoint?: true;
  /** The best of its run by an evaluation. */
  best?: true;
  /** Why it cannot be opened, in one sentence. */
  problem?: string;
}

/** What is kept, newest first. */
export interface KeptAdapters {
  adapters: KeptAdapter[];
  /** The one that goes when another comes; null while there is a place. */
  leaving: string | null;
  /** That the browser's storage is short for a run like the last one. */
  short?: string;
}

export interface SelfTestResult {
  kernel: string;
  title: string;
  error: number;
  tolerance: number;
  passed: boolean;
  message?: string;
}
