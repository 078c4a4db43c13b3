// Where a block of TypeScript runs. Its first line is a comment that says so, for the reader and for this check:
//
//   // sw.ts, // my-worker.ts, // the worker …                     a service worker
//   // vite.config.ts, // global-setup.ts, // scripts/a.ts, // Node …   Node
//   // orders.spec.ts, // orders.test.tsx, // a test …             Node, and a page for what is evaluated there
//   // the configuration …                                         members of a configuration of the guardian
//   // main.ts, // src/orders.tsx, // the page …                   a page
//
// A block that has a name of a file is that file: other blocks of its page can import it.
const FILE = /^([\w./-]+\.[cm]?[jt]sx?)\b/
const WORKER_FILE = /(^|[/.-])(sw|worker)\.[cm]?[jt]s$/
const NODE_FILE = /\.config\.[cm]?[jt]s$|^scripts\/|(^|[/-])setup\.[cm]?[jt]s$|\.m[jt]s$/
const TEST_FILE = /\.(spec|test)\.[cm]?[jt]sx?$/

const PHRASES = [
  [/^(the|your) (service )?worker\b/, 'worker'],
  [/^Node\b/, 'node'],
  [/^a test\b/, 'test'],
  [/^the configuration\b/, 'configuration'],
  [/^the page\b/, 'page'],
]

/** @returns the realm, and the file that the block is; or a `problem` */
export function realmOf(code) {
  const label = /^\/\/ (.+)/.exec(code)?.[1]
  if (label === undefined) {
    return { problem: 'begins with no comment that says where it runs, such as `// the page`' }
  }
  const file = FILE.exec(label)?.[1]
  if (file !== undefined) return { realm: realmOfFile(file), file }
  const realm = PHRASES.find(([phrase]) => phrase.test(label))?.[1]
  return realm === undefined
    ? { problem: `“// ${label}” says nothing known of where it runs; see realms.mjs` }
    : { realm }
}

function realmOfFile(file) {
  if (TEST_FILE.test(file)) return 'test'
  if (WORKER_FILE.test(file)) return 'worker'
  return NODE_FILE.test(file) ? 'node' : 'page'
}
