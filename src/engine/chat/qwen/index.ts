/**
 * Qwen's formats. Templates are known by the SHA-256 of their text: of Qwen3 two were published, and TRL has a training template for the newer
 * one alone, and none for Thinking-2507, whose prompt opens the thought. Other templates of the family (Coder) run as they are.
 */
import type { ChatFormat } from '../format.ts';
import { openThink, skipThink } from '../think/open.ts';
import { thinkReply } from '../think/stream.ts';
import { type QwenVariant, renderQwen } from './render.ts';

const PLAIN: QwenVariant = {
  system: null,
  thinks: false,
  opensThought: false,
  needsContent: false,
  trainsLineBreak: false,
  keepsArgumentText: true,
};
const QWEN3: QwenVariant = { ...PLAIN, thinks: true };
const THINKING: QwenVariant = { ...QWEN3, opensThought: true };

function qwen(name: string, sha256: string, variant: QwenVariant, rest: Partial<ChatFormat> = {}): ChatFormat {
  return {
    name,
    templates: ['hf', 'trl', 'prefix-preserving'],
    marked: ['hf', 'trl', 'prefix-preserving'],
    stop_tokens: ['<|im_end|>', '<|endoftext|>'],
    switchesThinking: variant.thinks && !variant.opensThought,
    keepsThinking: () => variant.thinks,
    writes: (template) => template.sha256 === sha256,
    identity: () => '',
    render: (conversation, options) => renderQwen(variant, conversation, options),
    openThought: openThink,
    skipThought: skipThink,
    reply: thinkReply,
    ...rest,
  };
}

export const qwen3 = qwen('qwen3', 'a55ee1b1660128b7098723e0abcd92caa0788061051c62d51cbe87d9cf1974d8', QWEN3);

/** TRL has no training template for it; `prefix-preserving` is the newer one's, which takes a call without content. */
export const qwen3Older = qwen('qwen3-older', '87a2728cb8dc9fe424d624542f6060ec05a1d285ebbec578bb078900e33396b5', QWEN3, {
  templates: ['hf', 'prefix-preserving'],
  render: (conversation, options) => renderQwen({ ...QWEN3, needsContent: options.template === 'hf' }, conversation, options),
});

export const qwen3Thinking2507 = qwen('qwen3-thinking-2507', '3802169b2a02b81e6adb7ab4f64f91ff02db753c8c3a64a01c35192d3a61d8d7', THINKING, {
  templates: ['hf', 'prefix-preserving'],
});

export const qwen3Instruct2507 = qwen('qwen3-instruct-2507', '64f85b198065d0fba2a81f37e10ed68161ce2c19a754c7100e67e0ca2ee9c326', PLAIN);

export const qwen25 = qwen('qwen2.5', '55b2f4a26ac9ee719330a61a0c39d9e538b0e9322212f048326318cff4f8674a', {
  system: 'You are Qwen, created by Alibaba Cloud. You are a helpful assistant.',
  thinks: false,
  opensThought: false,
  needsContent: true,
  trainsLineBreak: true,
  keepsArgumentText: false,
});
