// Every row goes through every row of the matrix: what stands in the place of own-ranks.

fn keeps(row: u32, which: u32, quad: u32) -> bool {
  return true;
}
