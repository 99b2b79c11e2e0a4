/** The Python that opens an exported adapter with PEFT, for the page and the model card. */
import type { QuantMethod } from '../protocol/model.ts';
import { quoted } from './quoted.ts';

/** `quant_method` of the base model: MXFP4 weights are unpacked first, because PEFT computes on plain numbers. */
export function loadingCode(base: string, folder: string, quant_method: QuantMethod | null): string {
  const mxfp4 = quant_method === 'mxfp4';
  return [
    'from peft import PeftModel',
    `from transformers import AutoModelForCausalLM${mxfp4 ? ', Mxfp4Config' : ''}`,
    '',
    mxfp4
      ? `base = AutoModelForCausalLM.from_pretrained(\n    ${quoted(base)}, quantization_config=Mxfp4Config(dequantize=True)\n)`
      : `base = AutoModelForCausalLM.from_pretrained(${quoted(base)})`,
    `model = PeftModel.from_pretrained(base, ${quoted(folder)})`,
  ].join('\n');
}
