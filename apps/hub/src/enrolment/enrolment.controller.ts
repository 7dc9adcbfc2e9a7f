import { Body, Controller, Post, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { enrollChallengeRequest, enrollChallengeResponse, enrollRequest, type EnrollRequest, type EnrollResponse, enrollResponse } from '@flotilla/contracts';
import { Enrolment } from '@flotilla/fleet/agents';
import type { z } from 'zod';
import { Public } from '../platform/auth/permissions.decorator.js';
import { Returns } from '../platform/http/returns.decorator.js';
import { requestIdOf } from '../platform/request-context/request-id.middleware.js';

/** How an agent joins: a join token and a proof of its key are the credentials. */
@ApiTags('joining')
@Public()
@Controller('agent/v1/enroll')
export class EnrolmentController {
  constructor(private readonly enrolment: Enrolment) {}

  /** A nonce to sign. Errors: `join-token-unknown`, `join-token-used`, `join-token-expired`. */
  @Post('challenge')
  @Returns(enrollChallengeResponse)
  challenge(@Body({ schema: enrollChallengeRequest }) body: z.infer<typeof enrollChallengeRequest>): Promise<z.infer<typeof enrollChallengeResponse>> {
    return this.enrolment.challenge(body.token);
  }

  /** Spends the token on the proven key. Errors: as for the nonce, and `proof-invalid`, `agent-revoked`, `conflict`. */
  @Post()
  @Returns(enrollResponse)
  enroll(@Body({ schema: enrollRequest }) body: EnrollRequest, @Req() request: object): Promise<EnrollResponse> {
    return this.enrolment.enroll(body, requestIdOf(request));
  }
}
