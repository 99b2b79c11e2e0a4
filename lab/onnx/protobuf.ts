/**
 * ONNX files in their protobuf form, as far as a decoder needs it: nodes, f32 and i64 initialisers, inputs and outputs with shapes whose dimensions may
 * have names. Field numbers are those of onnx.proto3. For benchmarks; it reads nothing.
 */

/** Parts of a file, in order, so that weights are never copied. */
type Parts = readonly Uint8Array<ArrayBuffer>[];

const VARINT = 0;
const BYTES = 2;
const FIXED32 = 5;

const DATA_TYPES = { f32: 1, i32: 6, i64: 7 } as const;
export type OnnxType = keyof typeof DATA_TYPES;
export type Attribute = number | { readonly float: number } | readonly number[];

export interface OnnxNode {
  readonly op: string;
  readonly domain?: 'com.microsoft';
  /** An empty name is an input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

export interface OnnxValue {
  readonly name: string;
  readonly type: OnnxType;
  /** A name for what differs from call to call. */
  readonly shape: readonly (number | string)[];
}

export interface OnnxInitializer {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>;
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly initializers: readonly OnnxInitializer[];
}

export function onnxModel(graph: OnnxGraph): Blob {
  const opset = (domain: string, version: number): Parts => [...text(1, domain), ...integer(2, version)];
  return new Blob([
    ...integer(1, 8),
    ...message(7, graphParts(graph)),
    ...message(8, opset('', 17)),
    ...message(8, opset('com.microsoft', 1)),
  ]);
}

function graphParts({ nodes, inputs, outputs, initializers }: OnnxGraph): Parts {
  return [
    ...nodes.flatMap((node) => message(1, nodeParts(node))),
    ...text(2, 'decoder'),
    ...initializers.flatMap((tensor) => message(5, tensorParts(tensor))),
    ...inputs.flatMap((value) => message(11, valueParts(value))),
    ...outputs.flatMap((value) => message(12, valueParts(value))),
  ];
}

function nodeParts({ op, domain, inputs, outputs, attributes = {} }: OnnxNode): Parts {
  return [
    ...inputs.flatMap((name) => text(1, name)),
    ...outputs.flatMap((name) => text(2, name)),
    ...text(4, op),
    ...Object.entries(attributes).flatMap(([name, value]) => message(5, attributeParts(name, value))),
    ...(domain ? text(7, domain) : []),
  ];
}

function attributeParts(name: string, value: Attribute): Parts {
  const [FLOAT, INT, INTS] = [1, 2, 7];
  if (typeof value === 'number') return [...text(1, name), ...integer(3, value), ...integer(20, INT)];
  if ('float' in value)
    return [...text(1, name), key(2, FIXED32), new Uint8Array(Float32Array.of(value.float).buffer), ...integer(20, FLOAT)];
  return [...text(1, name), ...value.flatMap((v) => integer(8, v)), ...integer(20, INTS)];
}

function tensorParts({ name, shape, data }: OnnxInitializer): Parts {
  const type = data instanceof Float32Array ? DATA_TYPES.f32 : DATA_TYPES.i64;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return [...shape.flatMap((d) => integer(1, d)), ...integer(2, type), ...text(8, name), ...message(9, [bytes])];
}

function valueParts({ name, type, shape }: OnnxValue): Parts {
  const dimensions = shape.flatMap((d) => message(1, typeof d === 'number' ? integer(1, d) : text(2, d)));
  return [...text(1, name), ...message(2, message(1, [...integer(1, DATA_TYPES[type]), ...message(2, dimensions)]))];
}

function key(field: number, wire: number): Uint8Array<ArrayBuffer> {
  return varint((field << 3) | wire);
}

function varint(value: number): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}

function integer(field: number, value: number): Parts {
  return [key(field, VARINT), varint(value)];
}

function text(field: number, value: string): Parts {
  return message(field, [new TextEncoder().encode(value)]);
}

function message(field: number, parts: Parts): Parts {
  return [key(field, BYTES), varint(parts.reduce((n, { length }) => n + length, 0)), ...parts];
}
