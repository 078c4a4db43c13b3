// Runs before anything is compiled, so this file is plain JavaScript. BENCH_ROUNDS makes a run longer or shorter.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const projectFolder = fileURLToPath(new URL('../../', import.meta.url))
const compiledBench = new URL('../../.build/e2e/bench/bench.js', import.meta.url)

for (const build of [['node_modules/typescript/bin/tsc', '-b'], ['sw/prebuilt/bundle.mjs']]) {
  const { status } = spawnSync(process.execPath, build, { cwd: projectFolder, stdio: 'inherit' })
  if (status !== 0) process.exit(1)
}

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 20)
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error('BENCH_ROUNDS must be a whole number from 1')
  process.exit(1)
}
try {
  const { runBench } = await import(compiledBench.href)
  await runBench(rounds)
} catch (error) {
  console.error('The benchmark could not be completed:', error)
  process.exitCode = 1
}
