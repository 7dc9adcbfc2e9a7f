import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { problemDocsPath, renderProblemPage } from '@flotilla/domain';
import { Public } from '../auth/permissions.decorator.js';

/** Where the `type` of a problem document leads. */
@ApiExcludeController()
@Public()
@Controller(problemDocsPath)
export class ProblemDocsController {
  private readonly page = renderProblemPage();

  /** What every code means and what to do about it. */
  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('cache-control', 'public, max-age=300')
  read(): string {
    return this.page;
  }
}
