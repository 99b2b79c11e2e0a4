/** Only a base model in MXFP4 is opened with Mxfp4Config; another would be refused by transformers. */
import { expect, it } from 'vitest';
import { loadingCode } from './loading-code.ts';

it('unpacks an MXFP4 base', () => {
  expect(loadingCode('openai/gpt-oss-20b', 'path', 'mxfp4')).toBe(`from peft import PeftModel
from transformers import AutoModelForCausalLM, Mxfp4Config

base = AutoModelForCausalLM.from_pretrained(
    "openai/gpt-oss-20b", quantization_config=Mxfp4Config(dequantize=True)
)
model = PeftModel.from_pretrained(base, "path")`);
});

it('opens any other base as it is', () => {
  expect(loadingCode('me/plain', 'path', null)).toBe(`from peft import PeftModel
from transformers import AutoModelForCausalLM

base = AutoModelForCausalLM.from_pretrained("me/plain")
model = PeftModel.from_pretrained(base, "path")`);
});
