/** Models, devices and adapters as the page sees them. */

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

export type ModelSource = { kind: 'bundled' } | { kind: 'folder'; name: string; files: FolderFile[] };

export interface ModelSummary {
  source: 'bundled' | 'folder';
  name: string;
  family: string;
  parameters: number;
  bytes: number;
  layers: number;
  hidden_size: number;
  intermediate_size: number;
  heads: number;
  kv_heads: number;
  head_dim: number;
  experts: number;
  experts_per_token: number;
  vocab_size: number;
  sliding_window: number | null;
  context: number;
  quantization: string;
  /** Plain words on what it can do, from the model's own card; bundled model only. */
  about?: string;
  examples: string[];
  /** Recommended run, by TRL/PEFT names; partial. */
  recommended?: Record<string, unknown>;
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
}

export interface SelfTestResult {
  kernel: string;
  title: string;
  error: number;
  tolerance: number;
  passed: boolean;
  message?: string;
}
