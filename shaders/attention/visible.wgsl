// What the three kernels of attention over a stream share: reading four rows as a 4x4 matrix (a row a column), and which keys a token sees: those of
// its document, up to itself, at most `window` of them. Goes in front of a kernel that declares q, k, v and in Params `tokens` and `window`.

const SIZE = 32u;
const CHUNK = 8u; // quads of columns
const NEXT = vec4<u32>(0u, 1u, 2u, 3u);

fn queries(at: vec4<u32>) -> mat4x4<f32> {
  return mat4x4<f32>(q[at.x], q[at.y], q[at.z], q[at.w]);
}

fn keys(at: vec4<u32>) -> mat4x4<f32> {
  return mat4x4<f32>(k[at.x], k[at.y], k[at.z], k[at.w]);
}

fn values(at: vec4<u32>) -> mat4x4<f32> {
  return mat4x4<f32>(v[at.x], v[at.y], v[at.z], v[at.w]);
}

// The first key that a token sees; `start` is its document's first token.
fn first_key(token: u32, start: u32) -> u32 {
  return max(start, token + 1u - min(token + 1u, params.window));
}

// The last token that sees a key; `end` is one past its document.
fn last_token(key: u32, end: u32) -> u32 {
  return min(min(end, params.tokens), key + min(params.window, params.tokens)) - 1u;
}

// Which of four lie in first .. last: keys of a token, or tokens of a key.
fn visible(at: vec4<u32>, first: u32, last: u32) -> vec4<bool> {
  return (at >= vec4<u32>(first)) & (at <= vec4<u32>(last));
}
