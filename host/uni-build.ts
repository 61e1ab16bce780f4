import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { SettingError } from './settings'

const COMPILER = '@dcloudio/vite-plugin-uni'

/**
 * Advice for projects in DCloud's cloud, whole lines of it: here the cloud is the host, which serves the pages itself.
 * Everything else is passed on, warnings and errors included.
 */
const FALSE_HERE = [
  /^[^\s,]+(?:, [^\s,]+)* 使用了uniCloud，而项目未启用uniCloud。需在项目点右键创建uniCloud环境$/,
  /^发布到web端需要在uniCloud后台操作，绑定安全域名，否则会因为跨域问题而无法访问。教程参考：https:\/\/\S+$/,
  /^欢迎将web站点部署到uniCloud前端网页托管平台，高速、免费、安全、省心，详见：https:\/\/\S+$/,
]

/** Whether a line of the compiler's output is left out; colours and invisible spaces do not count. */
export function isFalseHere(line: string): boolean {
  const plain = line.replace(/\u001b\[[\d;]*m|\u200b/g, '').trim() // oxlint-disable-line no-control-regex
  return FALSE_HERE.some((pattern) => pattern.test(plain))
}

/**
 * `uni-captcha-host build [arguments of uni build]`: builds the project in a folder with its own compiler. Answers the
 * exit code. Throws SettingError where the compiler is not installed.
 */
export async function buildProject(args: readonly string[], cwd: string): Promise<number> {
  let program: string
  try {
    program = createRequire(join(cwd, 'package.json')).resolve(`${COMPILER}/bin/uni.js`)
  } catch {
    throw new SettingError(`build runs the uni-app compiler of the project, and ${cwd} has no ${COMPILER}: npm install`)
  }
  return (await runUni([program, 'build', ...args], cwd, process.env)) ?? 1
}

/** Runs uni-app's command line in a process of its own, without the lines that are false here. Answers the exit code, null where a signal ended it. */
export async function runUni(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<number | null> {
  const colours = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}
  const child = spawn(process.execPath, args, { cwd, env: { ...colours, ...env }, stdio: ['inherit', 'pipe', 'pipe'] })
  for (const name of ['stdout', 'stderr'] as const) {
    createInterface({ input: child[name] }).on('line', (line) => {
      if (!isFalseHere(line)) process[name].write(`${line}\n`)
    })
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
}
