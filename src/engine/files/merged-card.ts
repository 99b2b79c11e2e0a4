/** README.md of a merged model: what the Hub shows. How the adapter was trained is told in the words of its own card. */
import { quoted } from '../../lib/quoted.ts';
import { DISTILLATION_TAGS } from './distillation-card.ts';
import { GRPO_TAGS } from './grpo-card.ts';

/** From `## Training procedure` up to the versions, as model-card.ts writes them; nothing for an imported adapter. */
function trainingOf(adapterCard: string): string {
  const from = adapterCard.indexOf('\n## Training procedure');
  const to = adapterCard.indexOf('\n## Versions');
  return from < 0 ? '' : adapterCard.slice(from, to < from ? undefined : to);
}

/** They are its end. */
function citationsOf(adapterCard: string): string {
  const from = adapterCard.indexOf('\n## Citations\n');
  return from < 0 ? '' : adapterCard.slice(from);
}

/** `adapterCard` is the README.md of the adapter that was merged; its first heading is the name. */
export function mergedCard(base_model: string, adapterCard: string, dtype: string): string {
  const tags = [GRPO_TAGS, DISTILLATION_TAGS].find(([tag]) => adapterCard.includes(`\n- ${tag}\n`)) ?? [];
  const citations = citationsOf(adapterCard);
  const title = /^# .*$/m.exec(adapterCard)?.[0] ?? '# Merged model';
  return `---
base_model: ${quoted(base_model)}
base_model_relation: finetune
library_name: transformers
pipeline_tag: text-generation
tags:
${tags.map((tag) => `- ${tag}\n`).join('')}- mother-tongue
- reasoning
---

${title}

A model with a LoRA adapter merged into its weights (${dtype}), made in the browser with Mother Tongue. It needs no PEFT.

## Use

\`\`\`python
from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("path/to/this/folder")
model = AutoModelForCausalLM.from_pretrained("path/to/this/folder")
\`\`\`

Ask for a language with a system message: \`reasoning language: German\`.
${trainingOf(adapterCard)}${citations}`;
}
