// Shows that code-blocks.mjs bites: a block that is wrong in one way is refused in each of these, and what is right is not.
import { checkBlocks } from './code-blocks/check-blocks.mjs'

/** What is wrong, the language and the block. */
const WRONG = [
  ['says nothing of where it runs', 'ts', 'const a = 1'],
  [
    'says something that nobody knows',
    'ts',
    `// somewhere
export const a = 1`,
  ],
  [
    'asks for a token',
    'ts',
    `// the page
import { createAuthClient } from 'token-guardian'
createAuthClient().getAccessToken()`,
  ],
  [
    'imports what is not exported',
    'ts',
    `// the page
import { getToken } from 'token-guardian'
getToken()`,
  ],
  [
    'imports an entry point that is not there',
    'ts',
    `// the page
import 'token-guardian/nothing'`,
  ],
  [
    'takes a worker for a page',
    'ts',
    `// sw.ts
console.log(document.title)`,
  ],
  [
    'takes a page for a worker',
    'ts',
    `// main.ts
console.log(self.registration)`,
  ],
  [
    'takes a page for Node',
    'ts',
    `// the page
import 'node:fs'`,
  ],
  [
    'is not strict',
    'ts',
    `// a test
export const f = (a) => a`,
  ],
  [
    'has a wrong type in a file of its own',
    'ts',
    `// a.ts
export const a: string = 1`,
  ],
  [
    'has an element of a wrong type',
    'tsx',
    `// App.tsx
export const App = () => <p title={1} />`,
  ],
  [
    'calls with a wrong type',
    'js',
    `// sw.js
importScripts(1)`,
  ],
  [
    'has a member of a configuration of a wrong type',
    'ts',
    `// the configuration
clients: { issuer: 1, clientId: 'app' },`,
  ],
  [
    'has a member of a configuration that is refused',
    'ts',
    `// the configuration
resources: [{ url: 'https://api.example.com/v1' }],`,
  ],
  [
    'builds with a configuration that is refused',
    'ts',
    `// vite.config.ts
import { tokenGuardian } from 'token-guardian/vite'
export default {
  plugins: [
    tokenGuardian({
      topology: 'same-origin',
      clients: { issuer: 'https://id.example.com', clientId: 'app' },
      resources: [{ url: 'https://id.example.com/' }],
    }),
  ],
}`,
  ],
  [
    'exports a configuration that is refused',
    'ts',
    `// guardian.config.ts
export default {
  topology: 'same-origin',
  clients: { issuer: 'https://id.example.com', clientId: '' },
  resources: [],
}`,
  ],
  ['is not JSON', 'json', '{ a: 1 }'],
  [
    'is a configuration that is refused',
    'json',
    '{ "topology": "same-origin", "clients": {}, "resources": [] }',
  ],
  [
    'is not JSON with comments',
    'jsonc',
    `{
  // a
  "a" 1
}`,
  ],
  ['runs a script that is not there', 'sh', 'npm run nothing'],
  ['gives an option that the script does not know', 'sh', 'npm start -- --other-origin'],
  ['installs a package that nothing is tested with', 'sh', 'npm install token-guardian nothing'],
  ['calls a command that is not there', 'sh', 'npx token-guardian nothing'],
  ['runs a file that is not there', 'sh', 'node nothing.js'],
  ['runs what nobody can check', 'sh', 'frobnicate'],
  ['closes in another order', 'html', '<div><p></div></p>'],
  ['closes nothing', 'html', '<main>'],
  [
    'lacks a brace',
    'nginx',
    `location / {
  root html;`,
  ],
  [
    'lacks a semicolon',
    'nginx',
    `location / {
  root html
}`,
  ],
  ['lacks a brace', 'caddyfile', 'example.com {'],
  [
    'has a line that is no header',
    'http',
    `HTTP/1.1 200 OK
no header`,
  ],
  [
    'sends to nobody',
    'mermaid',
    `sequenceDiagram
  participant A
  A->>B: hello`,
  ],
  [
    'has a line of no kind',
    'mermaid',
    `sequenceDiagram
  participant A
  A greets B`,
  ],
  [
    'ends too early',
    'mermaid',
    `sequenceDiagram
  participant A
  loop each
  A->>A: hello`,
  ],
  ['leaves an element open', 'vue', '<template><p></template>'],
  [
    'has a wrong type in its script',
    'vue',
    `<script setup lang="ts">
const a: string = 1
</script>
<template>{{ a }}</template>`,
  ],
  ['leaves a block open', 'svelte', '{#if true}'],
  [
    'takes what is in a store for something else',
    'svelte',
    `<script lang="ts">
  import { writable } from 'svelte/store'
  const count = writable(1)
  const text: string = $count
</script>
{text}`,
  ],
  ['is in a language that nobody knows', 'cobol', 'DISPLAY 1'],
  ['is in no language', '', 'a'],
]
const RIGHT = [
  [
    'ts',
    `// guardian.config.ts
import type { GuardianConfig } from 'token-guardian/vite'
export const config: GuardianConfig = {
  topology: 'same-origin',
  clients: { issuer: 'https://id.example.com', clientId: 'app' },
  resources: [{ url: 'https://api.example.com/v1/' }],
}`,
  ],
  [
    'ts',
    `// vite.config.ts
import { tokenGuardian } from 'token-guardian/vite'
import { config } from './guardian.config.js'
export default { plugins: [tokenGuardian(config)] }`,
  ],
  [
    'ts',
    `// auth.ts
import { createAuthClient } from 'token-guardian'
export const auth = createAuthClient()`,
  ],
  [
    'tsx',
    `// App.tsx
import { auth } from './auth'
export const App = () => <button onClick={() => auth.logout()}>{auth.session.status}</button>`,
  ],
  [
    'ts',
    `// sw.ts
import { installForwarder } from 'token-guardian/worker'
installForwarder(self, __TOKEN_GUARDIAN_CONFIG__)`,
  ],
  [
    'ts',
    `// the configuration
clients: { issuer: 'https://id.example.com', clientId: 'app' },
resources: [{ url: 'https://api.example.com/v1/' }],`,
  ],
  [
    'jsonc',
    `{
  // a comment, and // in a string
  "a": "// b",
}`,
  ],
  [
    'sh',
    `npm ci && npm start -- --same-origin # the demo
npm install token-guardian workbox-strategies`,
  ],
  [
    'html',
    `<!doctype html>
<meta charset="utf-8">
<script>if (1 < 2) {}</script>
<p title="a > b">a</p>`,
  ],
  [
    'nginx',
    `location / { # all
  add_header Name "a; {b}" always;
}`,
  ],
  [
    'http',
    `HTTP/1.1 200 OK
Content-Type: text/plain

a body`,
  ],
  [
    'mermaid',
    `sequenceDiagram
  participant A as One (of two)
  participant B
  alt yes
    A->>B: hello
  else no
    B-->>A: bye
  end`,
  ],
  [
    'vue',
    `<script setup lang="ts">
import { ref } from 'vue'
const count = ref(1)
</script>
<template><p>{{ count }}</p></template>`,
  ],
  [
    'svelte',
    `<script lang="ts">
  import { writable } from 'svelte/store'
  const count = writable(1)
  const next: number = $count + 1
</script>
<p>{next}</p>`,
  ],
  ['text', 'anything'],
]

const blocks = [
  ...WRONG.map(([, language, code], index) => ({
    page: `wrong-${index}.md`,
    line: 1,
    language,
    code,
  })),
  ...RIGHT.map(([language, code], index) => ({
    page: 'right.md',
    line: 1 + 100 * index,
    language,
    code,
  })),
]
const problems = await checkBlocks(blocks)
const missed = WRONG.filter(
  (_, index) => !problems.some((line) => line.startsWith(`wrong-${index}.md:`)),
)
const surprises = problems.filter((line) => !line.startsWith('wrong-') && !line.startsWith(' '))
for (const [what, language] of missed)
  console.error(`A block in “${language}” that ${what} is not refused`)
for (const line of surprises) console.error(`Wrongly refused: ${line}`)
console.log(
  `${WRONG.length - missed.length} of ${WRONG.length} wrong blocks refused, ${RIGHT.length} right ones looked at`,
)
process.exit(missed.length + surprises.length === 0 ? 0 : 1)
