import { StandardSchemaValidationPipe } from '@nestjs/common';
import { FlotillaError } from '@flotilla/contracts';

/** Wrong fields told in one answer. */
const errorsMax = 20;

/** Parses what a route takes by its zod schema; what does not fit is `bad-request` with every wrong field. */
export function createValidationPipe(): StandardSchemaValidationPipe {
  return new StandardSchemaValidationPipe({
    exceptionFactory: (issues) => {
      const errors = issues
        .slice(0, errorsMax)
        .map((issue) => ({ path: (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.'), message: issue.message }));
      const text = errors.map((error) => (error.path ? `${error.path}: ${error.message}` : error.message)).join('; ');
      return new FlotillaError('bad-request', `the request is not valid: ${text}`, { errors });
    },
  });
}
