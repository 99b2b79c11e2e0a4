/**
 * Tracing: a model's forward is ordinary TypeScript that calls `trace.emit` through the ops; what comes out is a list of nodes in program
 * order. Nothing is computed here.
 *
 * `block` marks nodes that are recomputed in the backward: only what enters a block is kept. A block inside a block is recomputed by itself, so
 * that what lies in two such blocks never exists at once. What enters a block can be kept in less memory (`ActivationStorage`). `section` names a
 * byte class for the planner.
 */
import type { Attrs, Op, OpNode } from './op.ts';
import type { DType, Role, Spec, Tensor, Tensors } from './tensor.ts';

export interface Node extends OpNode<Tensors, Tensors, Attrs> {
  readonly op: Op;
  /** The blocks it lies in, outermost first. */
  readonly blocks: readonly number[];
  readonly section: Section;
}

export type Section = 'workspace' | 'loss';

/** How what enters a block waits for the backward; handed in, since ops import graphs and not the other way round. */
export interface ActivationStorage {
  /** A tensor that stands for x; its gradient is that of x. */
  pack(trace: Trace, x: Tensor): Tensor;
  /** As much of x as the packed tensor holds, of x's shape; lies in `blocks`. */
  unpack(trace: Trace, packed: Tensor, like: Spec, blocks: readonly number[]): Tensor;
}

interface Options {
  /** false: nothing needs a gradient, adapters included, so that ops without one can be used. */
  readonly differentiable?: boolean;
  /** Absent: block inputs are kept as they are. */
  readonly activationStorage?: ActivationStorage;
}

export class Trace {
  readonly nodes: Node[] = [];
  readonly persistent = new Map<string, Tensor>();
  /** Values that must survive the run (bound to nothing persistent): kept by the planner until the end. */
  readonly results = new Set<Tensor>();
  /** What is kept in the place of a block's input. */
  readonly packed = new Map<Tensor, Tensor>();
  constructor(readonly options: Options = {}) {}

  private nextId = 0;
  private nextBlock = 0;
  private currentBlocks: readonly number[] = [];
  private currentSection: Section = 'workspace';

  input(name: string, shape: readonly number[], dtype: DType = 'f32'): Tensor {
    return this.declare(name, 'input', { shape, dtype });
  }
  weight(name: string, shape: readonly number[], dtype: DType): Tensor {
    return this.declare(name, 'weight', { shape, dtype });
  }
  trainable(name: string, shape: readonly number[]): Tensor {
    return this.declare(name, 'trainable', { shape, dtype: 'f32' });
  }
  state(name: string, shape: readonly number[], dtype: DType = 'f32'): Tensor {
    return this.declare(name, 'state', { shape, dtype });
  }
  /** The persistent gradient of a trainable tensor; ops add into it. */
  gradient(of: Tensor): Tensor {
    return this.declare(`gradient:${of.name}`, 'gradient', of);
  }

  emit<I extends Tensors, O extends Tensors, A extends Attrs>(
    op: Op<I, O, A>,
    inputs: I,
    attrs: A,
    into: Partial<O> = {},
    blocks: readonly number[] = this.currentBlocks,
  ): O {
    const specs = op.infer(inputs, attrs);
    const needsGradient = op.vjp !== undefined && Object.values(inputs).some((t) => t?.needsGradient);
    const outputs: Record<string, Tensor> = {};
    for (const [name, spec] of Object.entries(specs as Record<string, Spec>)) {
      outputs[name] = into[name] ?? this.make(`${op.name}.${name}`, 'value', spec, needsGradient);
    }
    const node: Node = {
      op: op as unknown as Op, // methods are bivariant; the node is only ever handed back to its own op
      inputs,
      outputs,
      attrs,
      blocks,
      section: this.currentSection,
    };
    this.nodes.push(node);
    return outputs as O;
  }

  /** `enters`: what the block starts from, which may wait for the backward packed (persistent tensors are there anyway). */
  block<X>(body: () => X, enters?: Tensor): X {
    const outer = this.currentBlocks;
    const { activationStorage } = this.options;
    if (enters?.role === 'value' && activationStorage) this.packed.set(enters, activationStorage.pack(this, enters));
    this.currentBlocks = [...outer, this.nextBlock++];
    try {
      return body();
    } finally {
      this.currentBlocks = outer;
    }
  }

  section<X>(section: Section, body: () => X): X {
    const outer = this.currentSection;
    this.currentSection = section;
    try {
      return body();
    } finally {
      this.currentSection = outer;
    }
  }

  keep(tensor: Tensor): Tensor {
    this.results.add(tensor);
    return tensor;
  }

  private declare(name: string, role: Role, spec: Spec): Tensor {
    const known = this.persistent.get(name);
    if (known) {
      if (known.role !== role || known.dtype !== spec.dtype || known.shape.join() !== spec.shape.join()) {
        throw new Error(`Tensor ${name} is declared twice with different shapes or roles.`);
      }
      return known;
    }
    const tensor = this.make(name, role, spec, role === 'trainable' && this.options.differentiable !== false);
    this.persistent.set(name, tensor);
    return tensor;
  }

  private make(name: string, role: Role, { shape, dtype }: Spec, needsGradient: boolean): Tensor {
    for (const d of shape) {
      if (!Number.isInteger(d) || d < 0) throw new Error(`Tensor ${name} has an impossible shape [${shape.join(', ')}].`);
    }
    return { id: this.nextId++, name, role, shape, dtype, needsGradient };
  }
}
