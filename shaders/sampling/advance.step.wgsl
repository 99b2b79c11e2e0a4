// After sampling: stores the new ids, finds the rows that end, and moves the rest to their next position.
//   For a row b that is not done: history[step, b] = next_id[b]. It ends when the id is an eos, when its limit of new tokens or the end
//   of the cache is reached; then done[b] = 1 and ids[b] = pad. Else ids[b] = next_id[b], positions[b] += 1, places[b, 0] += 1 (its length).
//   A row that was done before gets history[step, b] = 0xffffffff and nothing else changes. At last step += 1.
//   next_id [B] u32, stops [8 + B] u32: eight eos ids (0xffffffff fills up), then each row's limit of new tokens;
//   ids, positions, done [B], places [B, 4], history [N, B], step [1], all u32 and persistent.
// One workgroup of 64.

struct Params {
  rows: u32,
  steps: u32, // N
  cache_length: u32, // positions stay below it
  pad: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> next_id: array<u32>;
@group(0) @binding(2) var<storage, read> stops: array<u32>;
@group(0) @binding(3) var<storage, read_write> ids: array<u32>;
@group(0) @binding(4) var<storage, read_write> positions: array<u32>;
@group(0) @binding(5) var<storage, read_write> places: array<u32>;
@group(0) @binding(6) var<storage, read_write> done: array<u32>;
@group(0) @binding(7) var<storage, read_write> history: array<u32>;
@group(0) @binding(8) var<storage, read_write> step: array<u32>;

const NONE = 0xffffffffu;
const EOS_IDS = 8u;

fn ends(row: u32, id: u32, now: u32) -> bool {
  var is_eos = false;
  for (var e = 0u; e < EOS_IDS; e++) {
    is_eos = is_eos || stops[e] == id;
  }
  let last = min(stops[EOS_IDS + row], params.steps);
  return is_eos || now + 1u >= last || positions[row] + 1u >= params.cache_length;
}

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
  let now = step[0];
  for (var row = lane; row < params.rows; row += 64u) {
    let was_done = done[row] != 0u;
    let id = select(next_id[row], NONE, was_done);
    if (now < params.steps) {
      history[now * params.rows + row] = id;
    }
    if (was_done) {
      continue;
    }
    if (ends(row, id, now)) {
      done[row] = 1u;
      ids[row] = params.pad;
    } else {
      ids[row] = id;
      positions[row] += 1u;
      places[4u * row] += 1u;
    }
  }
  storageBarrier();
  if (lane == 0u) {
    step[0] = now + 1u;
  }
}
