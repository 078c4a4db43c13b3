// Languages without a compiler at hand: a check of their form, which is said here to be no more.

const VOID_ELEMENTS = 'area base br col embed hr img input link meta source track wbr'.split(' ')
/** A header or the first line of a request or an answer, and nothing that is neither. */
const HTTP_LINE =
  /^(?:(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \S+(?: HTTP\/[\d.]+)?|HTTP\/[\d.]+ \d{3}.*|[\w-]+: .*|)$/
const SEQUENCE_LINES = [
  /^sequenceDiagram$/,
  /^autonumber$/,
  /^%%.*$/,
  /^(?:participant|actor) (?<declared>\w+)(?: as .+)?$/,
  /^(?<from>\w+)(?:->>|-->>|-\)|--\)|-x|--x)[+-]?(?<to>\w+): .+$/,
  /^Note (?:over|left of|right of) (?<from>\w+)(?:,(?<to>\w+))?: .+$/,
  /^(?<opens>alt|opt|loop|par|critical|break|box|rect)\b.*$/,
  /^(?:else|and|option)\b.*$/,
  /^(?<closes>end)$/,
]

/** What each is looked at for. Their whole grammar is not. */
export const FORMS = {
  // Elements are closed in the order in which they were opened.
  html: (code) => problemOfElements(code),
  // Blocks are closed, and directives end in a semicolon.
  nginx: (code) =>
    problemOfBraces(code) ?? lineThat(code, (line) => line !== '' && !/[;{}]$/.test(line)),
  // Blocks are closed. What the build writes for both servers runs in them in host-files-served.test.ts.
  caddyfile: (code) => problemOfBraces(code),
  // Header lines, the first line of a message, or a body behind an empty line.
  http: (code) => lineThat(code.split('\n\n')[0], (line) => !HTTP_LINE.test(line)),
  // Sequence diagrams: lines of the kinds above between participants that were declared, and every group ends.
  mermaid: (code) => problemOfSequence(code),
  // What a program prints. There is no grammar to it, and what prints it has tests of its own.
  text: () => undefined,
}

/** @returns what is wrong with the form of a block in one of these languages */
export function problemsOfForm({ page, line, language, code }) {
  const problem = FORMS[language](code)
  return problem === undefined ? [] : [`${page}:${line}: ${problem}`]
}

function lineThat(code, isWrong) {
  const lines = code.split('\n').map((line) => line.replace(/(^|\s)#.*/, '').trim())
  const wrong = lines.find(isWrong)
  return wrong === undefined ? undefined : `“${wrong}” is not of the form that lines have here`
}

function problemOfBraces(code) {
  let depth = 0
  for (const [character] of code.replaceAll(/"[^"\n]*"|#[^\n]*/g, '').matchAll(/[{}]/g)) {
    depth += character === '{' ? 1 : -1
    if (depth < 0) break
  }
  return depth === 0 ? undefined : 'a brace is missing'
}

function problemOfElements(code) {
  const open = []
  for (const [, slash, name, end] of code
    .replaceAll(/<!--[^]*?-->|(?<=<(script|style)\b[^>]*>)[^]*?(?=<\/\1>)/g, '')
    .matchAll(/<(\/?)([a-zA-Z][\w-]*)(?:"[^"]*"|'[^']*'|[^"'>])*?(\/?)>/g)) {
    if (slash === '/') {
      if (open.pop() !== name) return `</${name}> closes what is not open`
    } else if (end === '' && !VOID_ELEMENTS.includes(name.toLowerCase())) open.push(name)
  }
  return open.length === 0 ? undefined : `<${open.at(-1)}> is never closed`
}

function problemOfSequence(code) {
  const declared = new Set()
  let depth = 0
  const lines = code.split('\n').map((line) => line.trim())
  if (lines[0] !== 'sequenceDiagram') return 'of mermaid only sequenceDiagram is checked'
  for (const line of lines.filter(Boolean)) {
    const found = SEQUENCE_LINES.map((form) => form.exec(line)).find(Boolean)
    if (found === undefined) return `“${line}” is no line of a sequence diagram`
    // What GitHub's renderer takes for the end of a statement or of a name.
    if (/;|#(?!\w+;)/.test(line)) return `“${line}” has a character that ends a line early`
    const { groups = {} } = found
    if (groups.declared !== undefined) declared.add(groups.declared)
    for (const name of [groups.from, groups.to]) {
      if (name !== undefined && !declared.has(name)) return `${name} is no participant`
    }
    if (groups.opens !== undefined) depth += 1
    if (groups.closes !== undefined) depth -= 1
  }
  return depth === 0 ? undefined : 'an alt, opt, loop or the like has no end'
}
