/**
 * What a Parquet file says of itself, checked against its bytes before hyparquet decodes it, which believes every length and every run: a few
 * damaged bytes could otherwise ask for gigabytes or never end. Throws a plain Error with the reason.
 */
import type { ColumnMetaData, Compressors, FileMetaData, SchemaTree } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { decompressPage } from 'hyparquet/src/datapage.js';
import { deltaBinaryUnpack } from 'hyparquet/src/delta.js';
import { readRleBitPackedHybrid } from 'hyparquet/src/encoding.js';
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from 'hyparquet/src/schema.js';

/** Values of one column in one row group; far above what writers make. */
const MAX_VALUES = 2 ** 26;
const MAX_PAGE = 2 ** 30;
/** Bytes that one byte can unpack to: deflate's limit for the older codecs, and what zstd and brotli reach on runs. */
const RATIO: Partial<Record<string, number>> = { UNCOMPRESSED: 1, SNAPPY: 1100, GZIP: 1100, LZ4: 1100, LZ4_RAW: 1100 };
const LARGEST_RATIO = 50_000;
/** Runs may be padded at their end. */
const PADDING = 512;
const MAX_STRUCT_DEPTH = 32;

interface Reader {
  view: DataView;
  offset: number;
}

/** The footer, before its fields are read into objects. `bytes` ends where the file ends. */
export function checkFooter(bytes: Uint8Array): void {
  const view = viewOf(bytes);
  if (bytes.length < 12) throw new Error('it is too short');
  const length = view.getUint32(bytes.length - 8, true);
  if (length > bytes.length - 8) throw new Error('its footer is longer than the file');
  skipStruct({ view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length - 8), offset: bytes.length - 8 - length });
}

/** Counts and places of the footer against each other and against the file's size. */
export function checkMetadata(metadata: FileMetaData, columns: number, size: number): void {
  let rows = 0;
  for (const [index, group] of metadata.row_groups.entries()) {
    if (!isCount(group.num_rows)) throw new Error(`row group ${index + 1} has ${group.num_rows} rows`);
    rows += Number(group.num_rows);
    if (group.columns.length !== columns) throw new Error(`row group ${index + 1} has ${group.columns.length} columns, not ${columns}`);
    for (const { meta_data: column } of group.columns) {
      if (!column) throw new Error(`row group ${index + 1} lacks a column's description`);
      const [start, end] = chunkRange(column);
      if (!(isCount(start) && isCount(end) && end >= start && end <= size))
        throw new Error(`column ${nameOf(column)} lies outside the file`);
      const values = Number(column.num_values);
      if (!(isCount(values) && values <= MAX_VALUES)) throw new Error(`column ${nameOf(column)} claims ${column.num_values} values`);
    }
  }
  if (rows !== Number(metadata.num_rows)) throw new Error(`its row groups have ${rows} rows, not ${metadata.num_rows}`);
}

/** A damaged footer may have a fraction or nothing where a count belongs. */
function isCount(value: bigint | number): boolean {
  return Number.isSafeInteger(Number(value)) && Number(value) >= 0;
}

/** Bytes of the file that hold a column of a row group, as hyparquet takes them. */
export function chunkRange({ dictionary_page_offset, data_page_offset, total_compressed_size }: ColumnMetaData): [number, number] {
  const start = Number(dictionary_page_offset || data_page_offset);
  return [start, start + Number(total_compressed_size)];
}

/** Every page of one column of a row group: sizes, counts, and the runs inside. */
export function checkPages(bytes: Uint8Array, column: ColumnMetaData, rows: number, path: SchemaTree[], compressors: Compressors): void {
  const reader: Reader = { view: viewOf(bytes), offset: 0 };
  const widths = { repetition: bitWidth(getMaxRepetitionLevel(path)), definition: bitWidth(getMaxDefinitionLevel(path)) };
  let left = Number(column.num_values);
  if (widths.repetition === 0 && left !== rows) throw new Error(`column ${nameOf(column)} has ${left} values for ${rows} rows`);
  // hyparquet reads a plain column to its last row, and every other to its last byte.
  const isFlat = path.length === 2 && widths.repetition === 0;
  while (reader.offset < bytes.length - 1 && !(isFlat && left <= 0)) {
    skipStruct({ ...reader });
    const header = parquetHeader(reader);
    const { compressed_page_size: packed, uncompressed_page_size: unpacked } = header;
    if (!(packed >= 0 && reader.offset + packed <= bytes.length)) throw new Error(`a page of ${nameOf(column)} is longer than its column`);
    const largest = 2 ** 16 + packed * (RATIO[column.codec] ?? LARGEST_RATIO);
    if (!(unpacked >= 0 && unpacked <= Math.min(MAX_PAGE, largest)))
      throw new Error(`a page of ${nameOf(column)} claims ${unpacked} bytes`);
    const body = bytes.subarray(reader.offset, reader.offset + packed);
    reader.offset += packed;
    const { dictionary_page_header: dictionary, data_page_header: v1, data_page_header_v2: v2 } = header;
    const count = (v1 ?? v2 ?? dictionary)?.num_values ?? 0;
    if (!(count >= 0 && count <= (dictionary ? MAX_VALUES : left))) throw new Error(`a page of ${nameOf(column)} claims ${count} values`);
    if (header.type === 'DATA_PAGE' && v1) {
      const page = viewOf(decompressPage(body, unpacked, column.codec, compressors));
      const inside: Reader = { view: page, offset: 0 };
      if (widths.repetition > 0) checkLevels(inside, widths.repetition, count);
      const definitions: Reader = { ...inside };
      if (widths.definition > 0) checkLevels(inside, widths.definition, count);
      // Nulls have a level and no value; a page of version 1 does not say how many they are.
      const isCounted = v1.encoding === 'DELTA_BYTE_ARRAY' && widths.definition > 0;
      const values = isCounted ? presentValues(definitions, widths.definition, count, getMaxDefinitionLevel(path)) : count;
      checkValues(inside, v1.encoding, column, values);
    } else if (header.type === 'DATA_PAGE_V2' && v2) {
      const { repetition_levels_byte_length: repetition, definition_levels_byte_length: definition } = v2;
      const levels = repetition + definition;
      if (!(repetition >= 0 && definition >= 0 && levels <= packed && levels <= unpacked && v2.num_nulls >= 0 && v2.num_nulls <= count))
        throw new Error(`a page of ${nameOf(column)} contradicts itself`);
      if (repetition > 0) checkRuns({ view: viewOf(body.subarray(0, repetition)), offset: 0 }, widths.repetition, count);
      if (definition > 0) checkRuns({ view: viewOf(body.subarray(repetition, levels)), offset: 0 }, widths.definition, count);
      const values = body.subarray(levels);
      const plain = v2.is_compressed === false ? values : decompressPage(values, unpacked - levels, column.codec, compressors);
      checkValues({ view: viewOf(plain), offset: 0 }, v2.encoding, column, count - v2.num_nulls);
    }
    if (!dictionary) left -= count;
  }
}

function checkLevels(reader: Reader, width: number, count: number): void {
  const length = reader.view.getUint32(reader.offset, true);
  reader.offset += 4;
  const { buffer, byteOffset, byteLength } = reader.view;
  if (reader.offset + length > byteLength) throw new Error('levels are longer than their page');
  checkRuns({ view: new DataView(buffer, byteOffset + reader.offset, length), offset: 0 }, width, count);
  reader.offset += length;
}

function presentValues(reader: Reader, width: number, count: number, present: number): number {
  const levels = new Int32Array(count);
  readRleBitPackedHybrid(reader, width, levels);
  return levels.reduce((sum, level) => sum + (level === present ? 1 : 0), 0);
}

/** What of the values could ask for more than the page holds. Values of fixed width cannot. */
function checkValues(reader: Reader, encoding: string, column: ColumnMetaData, count: number): void {
  if (count === 0 || reader.offset >= reader.view.byteLength) return;
  const isIndexed = encoding === 'PLAIN_DICTIONARY' || encoding === 'RLE_DICTIONARY';
  if (column.type === 'BOOLEAN' && (isIndexed || encoding === 'RLE')) {
    checkRuns({ ...reader, offset: reader.offset + 4 }, 1, count);
  } else if (isIndexed) {
    const width = reader.view.getUint8(reader.offset++);
    if (width > 32) throw new Error(`a page of ${nameOf(column)} has indices of ${width} bits`);
    checkRuns(reader, width, count);
  } else if (encoding === 'RLE') {
    throw new Error(`a page of ${nameOf(column)} has runs where values are`);
  } else if (encoding.startsWith('DELTA_')) {
    checkDelta(reader);
    if (encoding !== 'DELTA_BYTE_ARRAY') return;
    const lengths = [new Int32Array(count), new Int32Array(count)];
    for (const list of lengths) {
      checkDelta(reader);
      deltaBinaryUnpack(reader, count, list);
    }
    let bytes = 0;
    for (let i = 0; i < count; i++) {
      const [prefix, suffix] = [lengths[0]![i]!, lengths[1]![i]!];
      bytes += prefix + suffix;
      if (prefix < 0 || suffix < 0 || bytes > MAX_PAGE) throw new Error(`a page of ${nameOf(column)} claims too long texts`);
    }
  }
}

function checkDelta({ view, offset }: Reader): void {
  const reader = { view, offset };
  const [block, miniblocks] = [readVarint(reader), readVarint(reader)];
  if (!(miniblocks >= 1 && miniblocks <= 4096 && block >= miniblocks && block <= 2 ** 24))
    throw new Error('a page has no such delta blocks');
}

/** Runs of the RLE and bit-packing hybrid must end with their values; where the bytes end first, hyparquet stops by itself. */
function checkRuns(reader: Reader, width: number, count: number): void {
  for (let seen = 0; seen < count && reader.offset < reader.view.byteLength; ) {
    const header = readVarint(reader);
    const values = header & 1 ? Math.floor(header / 2) * 8 : Math.floor(header / 2);
    if (values > count - seen + PADDING) throw new Error(`a run claims ${values} values where ${count - seen} are left`);
    reader.offset += header & 1 ? (values / 8) * width : Math.ceil(width / 8);
    seen += values;
  }
}

/** Passes over a Thrift struct in the compact protocol, with every length checked. */
function skipStruct(reader: Reader, depth = 0): void {
  if (depth > MAX_STRUCT_DEPTH) throw new Error('its description is nested too deep');
  for (;;) {
    const byte = reader.view.getUint8(reader.offset++);
    const type = byte & 0x0f;
    if (type === 0) return;
    if (byte >> 4 === 0) readVarint(reader);
    skipValue(reader, type, depth);
  }
}

function skipValue(reader: Reader, type: number, depth: number): void {
  if (type === 1 || type === 2) return;
  if (type === 3) reader.offset++;
  else if (type >= 4 && type <= 6) readVarint(reader);
  else if (type === 7) reader.offset += 8;
  else if (type === 8) {
    const length = readVarint(reader);
    reader.offset += length;
  } else if (type === 12) skipStruct(reader, depth + 1);
  else if (type === 9) {
    const head = reader.view.getUint8(reader.offset++);
    const size = head >> 4 === 15 ? readVarint(reader) : head >> 4;
    if (size > reader.view.byteLength - reader.offset) throw new Error('its description is longer than it');
    const element = head & 0x0f;
    for (let i = 0; i < size; i++) skipValue(reader, element === 1 || element === 2 ? 3 : element, depth + 1);
  } else throw new Error(`its description has a field of type ${type}`);
  if (reader.offset > reader.view.byteLength) throw new Error('its description is cut off');
}

/** At most ten bytes, as 64 bits need. */
function readVarint(reader: Reader): number {
  let value = 0;
  for (let byte = 0; byte < 10; byte++) {
    const next = reader.view.getUint8(reader.offset++);
    value += (next & 0x7f) * 2 ** (7 * byte);
    if (next < 0x80) return value;
  }
  throw new Error('it has a number without an end');
}

function bitWidth(largest: number): number {
  return 32 - Math.clz32(largest);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function nameOf({ path_in_schema }: ColumnMetaData): string {
  return JSON.stringify(path_in_schema.join('.').slice(0, 60));
}
