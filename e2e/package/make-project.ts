import { cp, mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { install, type Dependencies } from './install.ts'
import { runWell } from './run-program.ts'

export interface ProjectOptions {
  /** What is installed beside the tarball. Default: nothing. */
  readonly dependencies?: Dependencies
  /** Content by path. */
  readonly files?: Readonly<Record<string, string>>
  /** A folder whose files are put there before. */
  readonly copyOf?: string
}

/** A project outside of this one, with the tarball in a `node_modules` above it. */
export interface Project {
  readonly folder: string
  /** Path of a program of an installed package, for `node`. */
  readonly bin: (program: string) => string
  /** Runs such a program to its end. @returns what it printed @throws Error with all that it said */
  readonly run: (program: string, ...args: readonly string[]) => Promise<string>
}

export async function makeProject({
  dependencies,
  files = {},
  copyOf,
}: ProjectOptions): Promise<Project> {
  const installed = await install(dependencies)
  const folder = await mkdtemp(join(installed, 'project-'))
  if (copyOf !== undefined) await cp(copyOf, folder, { recursive: true })
  const manifest = JSON.stringify({ private: true, type: 'module' })
  await writeAll(folder, { 'package.json': manifest, ...files })
  const bin = (program: string): string => join(installed, 'node_modules', '.bin', program)
  return {
    folder,
    bin,
    run: (program, ...args) => runWell(process.execPath, [bin(program), ...args], { cwd: folder }),
  }
}

async function writeAll(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content)
  }
}
