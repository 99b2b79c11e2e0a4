/** Searching the Hub by words: the question, and what came of it. */

export interface HubQuestion {
  text: string;
  /** `https://huggingface.co`, or a mirror. */
  endpoint: string;
  token?: string;
}

/** A repository that the Hub named; null where it does not say. */
export interface FoundModel {
  /** `owner/name` */
  repository: string;
  /** In the last 30 days. */
  downloads: number | null;
  /** By the Hub's name for it. */
  licence: string | null;
  /** Values of all tensors in its safetensors files. */
  parameters: number | null;
  /** Bytes of those. */
  bytes: number | null;
  /** Its files come only to accounts that agreed to its terms. */
  gated: boolean;
  private: boolean;
  /** `model_type` of its config.json. */
  family: string | null;
  /** What planning needs: its own sizes where the listing has them, or those of the known model that it is of the same family and size as. */
  config: Record<string, unknown> | null;
  /** The known model whose sizes `config` has. */
  sizes_of?: string;
  /** Why it does not run here, in one sentence. */
  problem?: string;
}

export interface HubFindings {
  text: string;
  endpoint: string;
  /** The most downloaded first. */
  models: FoundModel[];
  /** As many came as were asked for: there may be others. */
  cut: boolean;
}
