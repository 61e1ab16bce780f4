import { bundleHost as bundle, HostProcess } from '../../support/host'
import { FIXTURE_PROJECT, temporaryDirectory } from './host-project'

const running: Program[] = []
let program = ''

/** Bundles the host; for `beforeAll`. */
export async function bundleHost(): Promise<void> {
  program = await bundle()
}

/** For `afterEach`. */
export function killPrograms(): void {
  for (const one of running.splice(0)) one.kill()
}

/** The bundled host as people run it, serving the fixture project unless told otherwise. */
export class Program extends HostProcess {
  constructor(env: Record<string, string>, args: string[] = []) {
    super({ program, args, env: { PROJECT_DIR: FIXTURE_PROJECT, DATA_DIR: temporaryDirectory(), ...env } })
    running.push(this)
  }
}
