// NestJS 11: in a project of `nest new`, or `npx tsx nestjs.ts` with "experimentalDecorators" in tsconfig.json. Listens
// on PORT; siteverify.ts says what else it needs.
import { Controller, HttpCode, Module, Post, UseGuards, type ExecutionContext } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { NestExpressApplication } from '@nestjs/platform-express'
import { passes } from './siteverify.ts'

/** Lets a form through to the method where its token passes. */
function RequireCaptcha(action: string) {
  return UseGuards({
    canActivate: (context: ExecutionContext) => passes(context.switchToHttp().getRequest<Request>().body, action),
  })
}

@Controller()
class LoginController {
  @Post('login')
  @HttpCode(200)
  @RequireCaptcha('login')
  login(): string {
    return 'welcome\n'
  }
}

@Module({ controllers: [LoginController] })
class AppModule {}

const app = await NestFactory.create<NestExpressApplication>(AppModule, { bodyParser: false, logger: ['error'] })
app.useBodyParser('urlencoded', { extended: false, limit: '16kb' })
Object.assign(app.getHttpServer(), { headersTimeout: 5_000, requestTimeout: 10_000 })
await app.listen(Number(process.env['PORT'] ?? 8080), '127.0.0.1')
console.log(await app.getUrl())
