/** Publishing on the Hub: what is sent, where to, and what came of it. */
import type { MergeDtype } from './merging.ts';

/** The adapter as its zip holds it, or the model with the adapter merged in. */
export type PublishWhat = { kind: 'adapter' } | { kind: 'merged'; dtype: MergeDtype };

export interface PublishPlan {
  files: { path: string; bytes: number }[];
  bytes: number;
}

export interface PublishRequest {
  what: PublishWhat;
  endpoint: string;
  /** owner/name. */
  repository: string;
  /** Null adds to a repository that exists. */
  visibility: 'public' | 'private' | null;
  /** Used for this once and kept nowhere. */
  token: string;
}

export interface PublishResult {
  /** The repository's page. */
  url: string;
  commit: string;
}
