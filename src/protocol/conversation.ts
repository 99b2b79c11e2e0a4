/**
 * What a conversation is, on both sides of the thread.
 * Roles fall in authority from system to tool; an assistant's turn has reasoning (`thinking`) and an answer (`content`). Field names are those of
 * chat templates, so that rows of datasets are conversations as they stand.
 */
export type Role = 'system' | 'developer' | 'user' | 'assistant' | 'tool';

export interface ToolCall {
  name: string;
  /** Parsed JSON arguments; a string is JSON-encoded again by the template, as Hugging Face does; rows of datasets have theirs parsed. */
  arguments: unknown;
  /** The JSON text that the row has in their place, where it has one. */
  arguments_text?: string;
  content_type?: string;
}

export interface Message {
  role: Role;
  content?: string;
  thinking?: string;
  tool_calls?: ToolCall[];
  name?: string;
  tool_call_id?: string;
  /** Texts of a content that was given in parts; `content` has them joined. */
  parts?: string[];
  /** False: the dataset marks this answer as one not to learn (weight 0); it is outside the assistant mask. */
  trains?: false;
}

/** A function tool in the OpenAI / Hugging Face JSON-schema form. */
export interface ToolDefinition {
  type?: 'function';
  function: { name: string; description?: string; parameters?: Record<string, unknown> };
}

export interface Conversation {
  messages: Message[];
  tools?: ToolDefinition[];
  /** Name of the language, in English, as the dataset states it ("German"). Absent: none was asked for. */
  reasoning_language?: string;
  /** Of the answer, likewise. */
  answer_language?: string;
  model_identity?: string;
  reasoning_effort?: 'low' | 'medium' | 'high';
}

/** Channel of a piece of rendered text; fixed colours on the page. */
export type Channel = 'system' | 'developer' | 'user' | 'analysis' | 'commentary' | 'final' | 'tool' | 'control';

/** `hf`: the stock gpt-oss template. `trl`: the same text with TRL's assistant mask. `prefix-preserving`: thinking in every assistant turn, `<|end|>` on every turn. */
export type TemplateName = 'hf' | 'trl' | 'prefix-preserving';

/** One piece of rendered text: either one special token or plain text, never both (so that BPE can be run piece by piece). */
export interface Segment {
  text: string;
  special: boolean;
  channel: Channel;
  /** Index into the conversation's messages; -1 for the template's own system message. */
  message: number;
  /** True where the assistant mask is 1. */
  assistant: boolean;
}

export interface TemplateSettings {
  template: TemplateName;
  /** YYYY-MM-DD, pinned per run. */
  date: string;
  model_identity?: string;
  reasoning_effort?: 'low' | 'medium' | 'high';
  /** Which rows are rendered with their reasoning; absent: `template`, all as the template has it. */
  thinking?: 'template' | 'think' | 'no_think' | 'mixed';
  /** Of `mixed`: the share of rows with reasoning; absent: 0.5. */
  think_ratio?: number;
  /** Of `mixed`: what the rows are drawn by; absent: 42. */
  think_seed?: number;
}
