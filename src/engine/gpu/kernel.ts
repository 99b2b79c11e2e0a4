/**
 * The typed registry record of one WGSL entry point.
 *
 * WGSL lives in `shaders/<topic>/<op>.<direction>.wgsl`. A record's source is whole files put one after another (for example a weight
 * decoder and then the kernel that calls it), never text with holes. Convention, checked by a test against the source:
 *   @group(0) @binding(0) is the uniform `Params` struct whose fields are `params`, in order, all 4 bytes;
 *   @group(0) @binding(n) for n >= 1 are storage buffers, named and with the access listed in `bindings`;
 *   sizes that shape the code are `override` constants listed in `overrides`.
 */
export type Access = 'read' | 'read_write';
export type ParamType = 'u32' | 'i32' | 'f32';

export interface Kernel {
  /** `<op>.<direction>` with an optional variant: the name in profiles, cases and errors. */
  readonly name: string;
  readonly source: string;
  readonly entry: string;
  readonly bindings: Readonly<Record<string, { readonly binding: number; readonly access: Access }>>;
  readonly params: Readonly<Record<string, ParamType>>;
  readonly overrides?: readonly string[];
}

/** Storage bindings listed in order from binding 1: `storage({ x: 'read', y: 'read_write' })`. */
export function storage(access: Record<string, Access>): Kernel['bindings'] {
  return Object.fromEntries(Object.entries(access).map(([name, a], i) => [name, { binding: i + 1, access: a }]));
}

/** Last parameters of kernels that can be cut into several launches: workgroups before this launch's own, in a plane or along a folded line. */
export const PLANE = { first_x: 'u32', first_y: 'u32' } as const;
export const LINE = { first_x: 'u32' } as const;
