/**
 * The system message that the gpt-oss template writes by itself: identity, cut-off, date, reasoning effort, built-in tools, valid channels.
 * It is never taken from the conversation's own messages. The descriptions of `browser` and `python` are part of the model's training format.
 */
export const STOCK_IDENTITY = 'You are ChatGPT, a large language model trained by OpenAI.';

export interface SystemFacts {
  /** YYYY-MM-DD. */
  date: string;
  model_identity: string | undefined;
  reasoning_effort: 'low' | 'medium' | 'high' | undefined;
  builtin_tools: readonly ('browser' | 'python')[];
  hasTools: boolean;
}

export function systemText(facts: SystemFacts): string {
  const { date, builtin_tools } = facts;
  const builtin = builtin_tools.length
    ? `# Tools\n\n${builtin_tools.includes('browser') ? BROWSER : ''}${builtin_tools.includes('python') ? PYTHON : ''}`
    : '';
  return (
    `${facts.model_identity ?? STOCK_IDENTITY}\nKnowledge cutoff: 2024-06\nCurrent date: ${date}\n\n` +
    `Reasoning: ${facts.reasoning_effort ?? 'medium'}\n\n${builtin}` +
    '# Valid channels: analysis, commentary, final. Channel must be included for every message.' +
    (facts.hasTools ? "\nCalls to these tools must go to the commentary channel: 'functions'." : '')
  );
}

const BROWSER = `## browser

// Tool for browsing.
// The \`cursor\` appears in brackets before each browsing display: \`[{cursor}]\`.
// Cite information from the tool using the following format:
// \`【{cursor}†L{line_start}(-L{line_end})?】\`, for example: \`【6†L9-L11】\` or \`【8†L3】\`.
// Do not quote more than 10 words directly from the tool output.
// sources=web (default: web)
namespace browser {

// Searches for information related to \`query\` and displays \`topn\` results.
type search = (_: {
query: string,
topn?: number, // default: 10
source?: string,
}) => any;

// Opens the link \`id\` from the page indicated by \`cursor\` starting at line number \`loc\`, showing \`num_lines\` lines.
// Valid link ids are displayed with the formatting: \`【{id}†.*】\`.
// If \`cursor\` is not provided, the most recent page is implied.
// If \`id\` is a string, it is treated as a fully qualified URL associated with \`source\`.
// If \`loc\` is not provided, the viewport will be positioned at the beginning of the document or centered on the most relevant passage, if available.
// Use this function without \`id\` to scroll to a new location of an opened page.
type open = (_: {
id?: number | string, // default: -1
cursor?: number, // default: -1
loc?: number, // default: -1
num_lines?: number, // default: -1
view_source?: boolean, // default: false
source?: string,
}) => any;

// Finds exact matches of \`pattern\` in the current page, or the page given by \`cursor\`.
type find = (_: {
pattern: string,
cursor?: number, // default: -1
}) => any;

} // namespace browser

`;

const PYTHON = `## python

Use this tool to execute Python code in your chain of thought. The code will not be shown to the user. This tool should be used for internal reasoning, but not for code that is intended to be visible to the user (e.g. when creating plots, tables, or files).

When you send a message containing Python code to python, it will be executed in a stateful Jupyter notebook environment. python will respond with the output of the execution or time out after 120.0 seconds. The drive at '/mnt/data' can be used to save and persist user files. Internet access for this session is UNKNOWN. Depends on the cluster.

`;
