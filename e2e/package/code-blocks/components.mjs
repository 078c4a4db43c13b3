// Components of Vue and Svelte: the framework's own compiler takes them, and their scripts compile as any block does.

/** A store, read by its name with `$` before it: only Svelte's compiler knows that. */
const STORE_VALUE = /(?<![\w$.])\$([a-z]\w*)/g
const RUNES = ['state', 'derived', 'effect', 'props', 'bindable', 'inspect', 'host']

/**
 * @param language `vue` or `svelte`
 * @returns the scripts as blocks of a page, and what the framework's compiler found
 */
export async function readComponent(block) {
  const compile = block.language === 'vue' ? compileVue : compileSvelte
  const problems = await compile(block.code).catch((error) => [error.message])
  return {
    scripts: scriptsOf(block),
    problems: problems.map((problem) => `${block.page}:${block.line}: ${problem}`),
  }
}

async function compileVue(code) {
  const { parse, compileScript, compileTemplate } = await import('vue/compiler-sfc')
  const { descriptor, errors } = parse(code)
  if (errors.length > 0) return errors.map(({ message }) => message)
  const id = 'block'
  if (descriptor.script || descriptor.scriptSetup) compileScript(descriptor, { id })
  const { template } = descriptor
  if (template === null) return []
  const compiled = compileTemplate({ id, source: template.content, filename: 'block.vue' })
  return compiled.errors.map(String)
}

async function compileSvelte(code) {
  const { compile } = await import('svelte/compiler')
  return compile(code, { generate: false }).warnings.map(({ message }) => message)
}

function scriptsOf(block) {
  const scripts = [...block.code.matchAll(/<script\b[^>]*>\n?([^]*?)<\/script>/g)]
  return scripts.map(([whole, script]) => {
    const before = block.code.slice(0, block.code.indexOf(whole) + whole.indexOf(script))
    return {
      ...block,
      realm: 'page',
      line: block.line + before.split('\n').length - 1,
      code: block.language === 'svelte' ? script + storesOf(script) : script,
      file: undefined,
      extension: 'ts',
    }
  })
}

/** Behind the script, so that its lines keep their numbers. */
function storesOf(script) {
  const names = new Set([...script.matchAll(STORE_VALUE)].map(([, name]) => name))
  return [...names]
    .filter((name) => !RUNES.includes(name))
    .map(
      (name) =>
        `\ndeclare const $${name}: typeof ${name} extends import('svelte/store').Readable<infer Value> ? Value : never`,
    )
    .join('')
}
