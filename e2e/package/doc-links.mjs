// Links between the pages lead somewhere: files and folders are in the repository, anchors are headings. The web is not asked.
import { spawnSync } from 'node:child_process'
import { dirname, join, normalize } from 'node:path'
import { readPages } from './code-blocks/pages.mjs'

/** `[text](target)` and `![text](target)`; what is in single backticks is no link. */
const LINK = /`[^`]*`|\]\(\s*<?([^)\s>]+)>?[^)]*\)/g
const OF_THE_WEB = /^[a-z][a-z0-9+.-]*:/i

const pages = await readPages()
const anchors = new Map(pages.map(({ name, prose }) => [name, anchorsOf(prose)]))
const tracked = trackedPaths()
const problems = []
let count = 0
for (const { name, prose } of pages) {
  for (const [index, text] of prose.entries()) {
    for (const [, target] of text.matchAll(LINK)) {
      if (target === undefined || OF_THE_WEB.test(target)) continue
      count += 1
      const problem = problemOf(name, target)
      if (problem !== undefined) problems.push(`${name}:${index + 1}: ${target}: ${problem}`)
    }
  }
}
// A page that no other leads to is not found by anybody.
const README = 'README.md'
const linked = new Set(pages.flatMap(({ name, prose }) => targetsOf(name, prose)))
for (const { name } of pages) {
  // GitHub shows the README of a folder with it.
  const isFound = linked.has(name) || (name.endsWith(`/${README}`) && linked.has(dirname(name)))
  if (name !== README && !isFound) problems.push(`${name}: no page leads here`)
}
console.log(`${count} links between ${pages.length} pages, tests and sources`)
if (problems.length > 0) {
  console.error(`Links that lead nowhere:\n${problems.join('\n')}`)
  process.exit(1)
}

function problemOf(page, target) {
  const [path, anchor] = target.split('#')
  const file = path === '' ? page : normalize(join(dirname(page), path)).replace(/\/$/, '')
  if (!tracked.has(file)) return 'is no file or folder of the repository'
  if (anchor === undefined || anchors.get(file)?.has(anchor)) return undefined
  return 'is no heading of that page'
}

function targetsOf(page, prose) {
  return prose.flatMap((text) =>
    [...text.matchAll(LINK)].map(([, target = '']) =>
      normalize(join(dirname(page), target.split('#')[0])).replace(/\/$/, ''),
    ),
  )
}

/** Files that git has or is about to have, and their folders. */
function trackedPaths() {
  const { stdout } = spawnSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  const files = stdout.split('\0').filter(Boolean)
  const folders = files.flatMap((file) =>
    [...file.matchAll(/\//g)].map(({ index }) => file.slice(0, index)),
  )
  return new Set([...files, ...folders])
}

/** As GitHub makes them of headings: words and hyphens, and a number behind what is there already. */
function anchorsOf(prose) {
  const found = new Set()
  for (const line of prose) {
    const heading = /^#{1,6} (.+?)\s*#*$/.exec(line)?.[1]
    if (heading === undefined) continue
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const slug = plain.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(/\s/g, '-')
    let anchor = slug
    for (let number = 1; found.has(anchor); number += 1) anchor = `${slug}-${number}`
    found.add(anchor)
  }
  return found
}
