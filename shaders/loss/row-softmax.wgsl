// The sums of a softmax over rows of `logits` in one walk: a workgroup a row, each lane every SIZE-th quad. A lane keeps a running maximum and rescales its
// sums whenever that rises. Stands in front of a body that binds `logits`. Few lanes and one combining lane, because software adapters pay for barriers.

override SIZE: u32 = 32u;

// What a lane knows of its part of a row, relative to its own maximum.
struct Part {
  top: f32,
  at: u32,
  sum: vec4<f32>, // of exp(z - top)
  moment: vec4<f32>, // of (z - top) exp(z - top)
}

struct Row {
  top: f32,
  at: u32,
  sum: f32,
  moment: f32,
}

const LOWEST = -3.4e38;
var<workgroup> parts: array<Row, SIZE>;
var<workgroup> whole: Row;

// Adds four logits, of which `keep` (1 or 0) count; the first always does.
fn absorb(part: Part, z: vec4<f32>, keep: vec4<f32>, first: u32) -> Part {
  var p = part;
  let high = max(max(z.x, z.y), max(z.z, z.w));
  if (high > p.top) {
    let shift = p.top - high;
    let factor = exp(shift);
    p.moment = (p.moment + p.sum * shift) * factor;
    p.sum *= factor;
    p.top = high;
    p.at = first + select(select(select(3u, 2u, z.z == high), 1u, z.y == high), 0u, z.x == high);
  }
  let d = z - p.top;
  let e = exp(d) * keep;
  p.sum += e;
  p.moment += e * d;
  return p;
}

fn quad(at: u32) -> vec4<f32> {
  return vec4<f32>(logits[at], logits[at + 1u], logits[at + 2u], logits[at + 3u]);
}

fn combine() -> Row {
  var row = Row(LOWEST, 0u, 0.0, 0.0);
  for (var l = 0u; l < SIZE; l++) {
    if (parts[l].top > row.top || (parts[l].top == row.top && parts[l].at < row.at)) {
      row.top = parts[l].top;
      row.at = parts[l].at;
    }
  }
  for (var l = 0u; l < SIZE; l++) {
    let shift = parts[l].top - row.top;
    let factor = exp(shift);
    row.sum += factor * parts[l].sum;
    row.moment += factor * (parts[l].moment + parts[l].sum * shift);
  }
  return row;
}

// The whole row, for every lane: all lanes of a workgroup call it.
fn sums_of_row(base: u32, width: u32, lane: u32) -> Row {
  let quads = width / 4u;
  let rest = width % 4u;
  var part = Part(LOWEST, 0u, vec4<f32>(0.0), vec4<f32>(0.0));
  for (var q = lane; q < quads; q += SIZE) {
    part = absorb(part, quad(base + 4u * q), vec4<f32>(1.0), 4u * q);
  }
  if (rest > 0u && lane == quads % SIZE) {
    let at = base + 4u * quads;
    let keep = vec4<f32>(1.0, f32(rest > 1u), f32(rest > 2u), 0.0);
    let z = select(vec4<f32>(logits[at]), quad(at), keep > vec4<f32>(0.0));
    part = absorb(part, z, keep, 4u * quads);
  }
  let one = vec4<f32>(1.0);
  parts[lane] = Row(part.top, part.at, dot(part.sum, one), dot(part.moment, one));
  workgroupBarrier();
  if (lane == 0u) {
    whole = combine();
  }
  workgroupBarrier();
  return whole;
}
