// Floats as ordered integers.

// Order-preserving: a < b as floats exactly when key(a) < key(b).
fn key(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  return select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
}
