/**
 * Suite `kernels`: our ops one by one at shapes of the bundled model ("mini") and of gpt-oss-20b ("20b"). A rate counts two operations for a
 * multiply-add of the plain formula, or the bytes that must be read and written once, whichever bounds the op.
 */
import type { Gpu } from '../../src/engine/gpu/device.ts';
import type { Trace } from '../../src/engine/graph/trace.ts';
import { adamw } from '../../src/engine/ops/adamw.ts';
import { attention } from '../../src/engine/ops/attention.ts';
import { groupedLinear } from '../../src/engine/ops/grouped-linear.ts';
import { linear } from '../../src/engine/ops/linear.ts';
import { route } from '../../src/engine/ops/moe-route.ts';
import { rmsNorm } from '../../src/engine/ops/rms-norm.ts';
import { timeTrace } from './measure.ts';

export interface KernelBench {
  readonly name: string;
  readonly build: (trace: Trace) => void;
  /** Operations, or bytes moved, of one run. */
  readonly operations?: number;
  readonly bytes?: number;
  readonly fill?: Readonly<Record<string, (i: number) => number>>;
}

export interface KernelStats {
  readonly name: string;
  readonly milliseconds: number;
  readonly runs: number;
  readonly gflops?: number;
  readonly gigabytes_per_second?: number;
}

function product(name: string, tokens: number, width: number, columns: number, dtype: 'f32' | 'bf16'): KernelBench {
  return {
    name: `linear ${name} ${dtype} [${tokens}, ${width}] x [${columns}, ${width}]`,
    build: (trace) =>
      void trace.keep(linear(trace, trace.input('x', [tokens, width]), { weight: trace.weight('w', [columns, width], dtype) })),
    operations: 2 * tokens * width * columns,
  };
}

function experts(name: string, tokens: number, count: number, each: number, width: number, columns: number): KernelBench {
  return {
    name: `grouped-linear ${name} mxfp4 ${tokens} tokens, ${each} of ${count} experts [${columns}, ${width}]`,
    build: (trace) => {
      const plan = route(trace, trace.input('chosen', [tokens, each], 'u32'), count);
      const weight = trace.weight('w_blocks', [count, columns, width / 32, 16], 'u8');
      const scales = trace.weight('w_scales', [count, columns, width / 32], 'u8');
      trace.keep(groupedLinear(trace, trace.input('x', [tokens, width]), plan, { weight, scales }, { gather: true }));
    },
    operations: 2 * tokens * each * width * columns,
    // Different experts for a token, spread evenly over all.
    fill: { chosen: (i) => (Math.floor(i / each) * 5 + (i % each)) % count },
  };
}

function attend(name: string, tokens: number, heads: number, kv_heads: number, head_dim: number, window: number | null): KernelBench {
  return {
    name: `attention ${name} ${tokens} tokens, ${heads}:${kv_heads} heads of ${head_dim}, ${window === null ? 'full' : `window ${window}`}`,
    build: (trace) => {
      const rows = (part: string, n: number) => trace.input(part, [tokens, n * head_dim]);
      const bound = (part: string) => trace.input(part, [tokens], 'u32');
      const inputs = {
        q: rows('q', heads),
        k: rows('k', kv_heads),
        v: rows('v', kv_heads),
        doc_start: bound('doc_start'),
        doc_end: bound('doc_end'),
      };
      trace.keep(attention(trace, inputs, { heads, kv_heads, head_dim, window, scale: head_dim ** -0.5 }));
    },
    operations: 4 * tokens * Math.min(window ?? tokens, tokens / 2) * heads * head_dim,
    fill: { doc_start: () => 0, doc_end: () => tokens },
  };
}

const ADAPTER = 2 ** 22;

export const kernelBenches: readonly KernelBench[] = [
  product('square', 512, 512, 512, 'f32'),
  product('mini q', 768, 128, 128, 'bf16'),
  product('mini head', 384, 128, 2560, 'bf16'),
  product('20b k', 64, 2880, 512, 'bf16'),
  product('20b k, one token', 1, 2880, 512, 'bf16'),
  experts('mini gate_up', 768, 4, 2, 128, 256),
  experts('20b down', 64, 32, 4, 2880, 720),
  experts('20b down, one token', 1, 32, 4, 2880, 2880),
  attend('mini', 768, 4, 2, 32, 64),
  attend('20b, a quarter of the heads', 512, 16, 2, 64, null),
  {
    name: 'rms-norm [1024, 2880]',
    build: (trace) =>
      void trace.keep(
        trace.emit(rmsNorm, { x: trace.input('x', [1024, 2880]), weight: trace.weight('w', [2880], 'f32') }, { eps: 1e-5 }).y,
      ),
    bytes: 2 * 1024 * 2880 * 4,
  },
  {
    name: `adamw ${ADAPTER} parameters`,
    build: (trace) => {
      const arena = (name: string) => trace.state(name, [ADAPTER]);
      adamw(
        trace,
        { param: arena('param'), gradient: arena('gradient'), m: arena('m'), v: arena('v') },
        trace.input('norm', [2]),
        trace.input('hyper', [8]),
      );
    },
    bytes: 8 * ADAPTER * 4,
  },
];

export async function benchKernels(gpu: Gpu, note: (text: string) => void): Promise<KernelStats[]> {
  const stats: KernelStats[] = [];
  for (const { name, build, operations, bytes, fill } of kernelBenches) {
    const { milliseconds, runs } = await timeTrace(gpu, { build, fill });
    const rate = (amount: number): number => Math.round((amount / milliseconds / 1e6) * 1000) / 1000;
    stats.push({
      name,
      milliseconds,
      runs,
      ...(operations && { gflops: rate(operations) }),
      ...(bytes && { gigabytes_per_second: rate(bytes) }),
    });
    note(`${name}: ${milliseconds.toFixed(2)} ms`);
  }
  return stats;
}
