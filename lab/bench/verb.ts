/** `bench`: how fast this machine is at our kernels, at decoding and at training, with the adapter's name; the suites are in ../bench. */
import { choiceOf, parseArguments } from '../../src/headless/arguments.ts';
import { bundledFolder } from '../../src/headless/bundled.ts';
import { writeJson } from '../../src/headless/json-files.ts';
import { freeModel, openModel } from '../../src/headless/model-folder.ts';
import type { Runner } from '../../src/headless/runner.ts';
import { benchDecode } from './decode.ts';
import { benchEncoding } from './encoding.ts';
import { benchExperts } from './experts.ts';
import { benchKernels } from './kernels.ts';
import { benchScale } from './scale.ts';
import { benchToken } from './token.ts';
import { benchTrain } from './train.ts';

export const spec = { suite: 'optional', model: 'optional', out: 'optional' } as const;

const SUITES = ['kernels', 'experts', 'decode', 'token', 'train'] as const;
/** Take minutes, so they run only when they are asked for. */
const LONG = ['scale', 'encoding'] as const;

export async function bench(argv: readonly string[], runner: Runner): Promise<void> {
  const args = parseArguments('bench', argv, spec);
  const suites: readonly string[] = args.suite === undefined ? SUITES : [choiceOf('suite', args.suite, [...SUITES, ...LONG])];
  if (suites.includes('encoding')) {
    runner.print(JSON.stringify(await benchEncoding(args.model ?? bundledFolder('models/mini'), runner.note), null, 2));
    return;
  }
  const gpu = await runner.gpu();
  const { vendor, architecture, device, description } = gpu.info;
  const result: Record<string, unknown> = { adapter: { vendor, architecture, device, description }, node: process.version };
  if (suites.includes('kernels')) result.kernels = await benchKernels(gpu, runner.note);
  if (suites.includes('experts')) result.experts = await benchExperts(gpu, runner.note);
  if (suites.includes('token')) result.token = await benchToken(gpu, runner.note);
  if (suites.includes('scale')) result.scale = await benchScale(gpu, runner.note);
  if (suites.includes('decode') || suites.includes('train')) {
    const model = args.model ?? bundledFolder('models/mini');
    const session = await openModel(runner, model);
    result.model = args.model ?? 'bundled';
    try {
      if (suites.includes('decode')) result.decode = await benchDecode(session, runner.note);
      if (suites.includes('train')) result.train = await benchTrain(session, runner.note);
    } finally {
      freeModel(session);
    }
  }
  if (args.out === undefined) runner.print(JSON.stringify(result, null, 2));
  else writeJson(args.out, result);
}
