/**
 * Harmony as a model writes it -> reasoning, answer, tool calls, and whatever is left. Fed piece by piece with control tokens and text; what
 * has been understood can be read at any time, and does not depend on how the text was cut into pieces.
 *
 * It is lenient, because small and half-trained models are: a message without a channel is the answer, a missing `<|end|>` or `<|start|>` is
 * understood, `to=` may stand in the role or in the channel, a type after `<|constrain|>` or after the channel. Nothing is thrown and nothing
 * is lost: text that has no place (tool calls, preambles, other roles, broken headers) is in `rest`.
 */
export interface ParsedCall {
  recipient: string;
  content_type: string;
  content: string;
}

/** Role and channel of the message being written; `section` is the part of the header that text goes to. */
interface Header {
  section: 'role' | 'channel' | 'constrain';
  role: string;
  channel: string;
  constrain: string;
}

type Sink = 'thinking' | 'content' | 'rest';

/** By the channel of an assistant's message; one without a channel is the answer. */
const SINKS = new Map<string, Sink>([
  ['analysis', 'thinking'],
  ['final', 'content'],
  ['', 'content'],
]);

const ENDS = new Set(['<|end|>', '<|return|>', '<|call|>', '<|endoftext|>']);
/** No role is this long: what goes on beyond is an answer written without any header. */
const LONGEST_ROLE = 64;
const SEPARATOR = '\n\n';

export class HarmonyParser {
  readonly calls: ParsedCall[] = [];
  private readonly texts: Record<Sink, string> = { thinking: '', content: '', rest: '' };
  private state: 'between' | 'header' | 'message';
  private header: Header = emptyHeader();
  private sink: Sink = 'content';
  private separate = false;
  private closed = false;
  private call: ParsedCall | null = null;
  /** Text between messages, and how much of it is already in `rest`: blank text there means nothing, unless other text follows it. */
  private between = '';
  private stray = 0;

  /** `assistant`: what follows `<|start|>assistant`, as when a model continues a prompt. `message`: text that begins with `<|start|>`. */
  constructor(begin: 'assistant' | 'message' = 'assistant') {
    this.state = begin === 'assistant' ? 'header' : 'between';
  }

  get thinking(): string {
    return this.texts.thinking;
  }

  get content(): string {
    return this.texts.content;
  }

  get rest(): string {
    return this.texts.rest;
  }

  /**
   * Whether an answer has been written and closed. A model trained on the prefix-preserving template closes it with `<|end|>`, which is no
   * end-of-generation id: a generator stops here as well.
   */
  get answered(): boolean {
    return this.closed;
  }

  /** One control token, by its spelling. */
  special(token: string): void {
    this.between = '';
    this.stray = 0;
    if (ENDS.has(token)) {
      if (this.state === 'header') this.abandonHeader();
      if (this.state === 'message' && this.sink === 'content') this.closed = true;
      this.state = 'between';
    } else if (token === '<|start|>') {
      if (this.state === 'header') this.abandonHeader();
      this.state = 'header';
      this.header = emptyHeader();
    } else if (token === '<|channel|>') {
      // A second channel in a header, or one in the middle of a message: the model forgot what comes between.
      if (this.state !== 'header' || this.header.section !== 'role') this.restartHeader();
      this.header.section = 'channel';
    } else if (token === '<|constrain|>') {
      if (this.state === 'header') this.header.section = 'constrain';
    } else if (token === '<|message|>') {
      if (this.state !== 'message') this.openMessage();
    } else this.append('rest', token);
  }

  text(text: string): void {
    if (text === '') return;
    if (this.state === 'between') {
      this.between += text;
      if (this.between.trim() === '') return;
      this.append('rest', this.between.slice(this.stray));
      this.stray = this.between.length;
    } else if (this.state === 'message') {
      this.append(this.sink, text);
      if (this.call) this.call.content += text;
    } else {
      this.header[this.header.section] += text;
      if (this.header.section === 'role' && this.header.role.length > LONGEST_ROLE) this.openHeadless(this.header.role);
    }
  }

  /** The model has stopped: an unfinished header becomes text. */
  finish(): void {
    if (this.state === 'header') this.abandonHeader();
    this.state = 'between';
  }

  private restartHeader(): void {
    if (this.state === 'header') this.abandonHeader();
    this.state = 'header';
    this.header = emptyHeader();
  }

  private openMessage(): void {
    const { role, channel, constrain } = this.state === 'header' ? this.header : emptyHeader();
    const recipient = /(?:^|\s)to=(\S+)/.exec(`${role} ${channel}`)?.[1] ?? null;
    const name = role.replace(/(?:^|\s)to=\S+/, '').trim();
    const [kind = '', ...types] = channel
      .replace(/(?:^|\s)to=\S+/, ' ')
      .trim()
      .split(/\s+/);
    this.state = 'message';
    this.call = null;
    const fromAssistant = name === '' || name === 'assistant';
    if (fromAssistant && recipient !== null) {
      this.call = { recipient, content_type: constrain.trim() || types.join(' '), content: '' };
      this.calls.push(this.call);
      this.startText('rest');
      this.append('rest', `${recipient}: `);
    } else this.startText((fromAssistant && SINKS.get(kind)) || 'rest');
  }

  /** Text without any header is the answer. */
  private openHeadless(text: string): void {
    this.state = 'message';
    this.call = null;
    this.startText('content');
    this.append('content', text);
  }

  private abandonHeader(): void {
    const { section, role, channel, constrain } = this.header;
    if (section === 'role' && role.trim() !== '' && !/^\s*(assistant)?\s*(to=\S*)?\s*$/.test(role)) {
      this.openHeadless(role);
      return;
    }
    const said = [role, channel, constrain].join(' ').trim();
    if (said === '' || said === 'assistant') return;
    this.startText('rest');
    this.append('rest', said);
  }

  /** A new message in a sink that already has text stands apart from it. */
  private startText(sink: Sink): void {
    this.sink = sink;
    this.separate = true;
  }

  private append(sink: Sink, text: string): void {
    if (this.separate && this.sink === sink && this.texts[sink] !== '') this.texts[sink] += SEPARATOR;
    if (this.sink === sink) this.separate = false;
    this.texts[sink] += text;
  }
}

function emptyHeader(): Header {
  return { section: 'role', role: '', channel: '', constrain: '' };
}
